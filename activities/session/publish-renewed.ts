import { isUsable } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { RenewResult } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { endSession } from '../end-session.ts';
import type { SessionStore } from '../ports.ts';
import type { Attempt, SessionServices } from './services.ts';

/** A session that LibreChat has just given out. */
interface Renewed {
  readonly how: 'renewed' | 'opened';
  /** As it was before LibreChat was called for the first time. */
  readonly epoch: number;
  readonly session: SessionMaterial;
}

/**
 * Publishes a session, unless the user was deactivated, signed out or got a newer one since the epoch was read. A session
 * that does not get into the record is logged out.
 *
 * @throws BridgeError `SignedOut`; `Drift` when the newer one is about to end; and what the calls throw
 */
export async function publishRenewed(
  services: SessionServices,
  user: DjangoUserId,
  renewed: Renewed,
  attempt: Attempt,
): Promise<RenewResult> {
  const { sessionStore, libreChat } = services;
  const { how, session } = renewed;
  const publication = await offer(services, user, renewed, attempt);
  if (publication.outcome === 'ended') return publication;
  if (publication.outcome === 'published')
    return { outcome: how, epoch: publication.epoch, expiresAt: session.expiresAt };
  const current = await sessionStore.read(user);
  const newer = current === 'unreadable' ? null : current;
  // Two refreshes within one second are answered with the very same token: the winner's session is then this one.
  const isSame = newer?.session.refreshToken.reveal() === session.refreshToken.reveal();
  if (!isSame) await endSession(libreChat, session);
  if (publication.outcome === 'signed-out') throw new BridgeError('SignedOut');
  if (newer !== null && isUsable(newer.session, Date.now()))
    return { outcome: 'fresh', epoch: newer.epoch, expiresAt: newer.session.expiresAt };
  throw new BridgeError('Drift', { detail: 'somebody else wrote a session that is about to end' });
}

/** Offers it to the store, if the user is still active. */
async function offer(
  { sessionStore, userTable, libreChat }: SessionServices,
  user: DjangoUserId,
  { epoch, session }: Renewed,
  attempt: Attempt,
): Promise<Awaited<ReturnType<SessionStore['publish']>> | Extract<RenewResult, { outcome: 'ended' }>> {
  try {
    const row = await userTable.read(user);
    if (row?.active === true) {
      attempt.assertHeld();
      return await sessionStore.publish(user, epoch, session);
    }
    await sessionStore.close(user);
    await endSession(libreChat, session);
    return { outcome: 'ended', code: row === null ? 'UserNotFound' : 'UserInactive' };
  } catch (error) {
    // Nobody will ever know its refresh token, so it ends here; what the record says still serves.
    await endSession(libreChat, session);
    throw error;
  }
}
