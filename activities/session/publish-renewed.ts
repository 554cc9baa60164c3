import { setTimeout as sleep } from 'node:timers/promises';
import { isUsable } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { RenewResult } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import type { SessionStore, StoredSession } from '../ports/session-store.ts';
import type { SessionServices } from './services.ts';

/** A session that LibreChat has just given out. */
interface Renewed {
  readonly how: 'renewed' | 'opened';
  /** As it was before LibreChat was called for the first time. */
  readonly epoch: number;
  readonly session: SessionMaterial;
}

/** When the record is looked at again, each time (ms): a lost connection to Redis takes a moment to come back. */
const LOOK_AGAIN_MS = [0, 200, 800] as const;

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
  const newer = await lookAgain(sessionStore, user).catch(async (error: unknown) => {
    await endSession(libreChat, session);
    throw error;
  });
  // Two refreshes within one second are answered with the very same token: the winner's session is then this one.
  if (!holds(newer, session)) await endSession(libreChat, session);
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
      return await publish(sessionStore, user, epoch, session);
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

/** A write that got no answer may have happened all the same: what the record holds then is not to be logged out. */
async function publish(
  store: SessionStore,
  user: DjangoUserId,
  epoch: number,
  session: SessionMaterial,
): ReturnType<SessionStore['publish']> {
  try {
    return await store.publish(user, epoch, session);
  } catch (error) {
    const stored = await lookAgain(store, user).catch(() => null);
    if (holds(stored, session)) return { outcome: 'published', epoch: stored.epoch };
    throw error;
  }
}

/** What the record holds; null where that opens under no key too. */
async function lookAgain(store: SessionStore, user: DjangoUserId): Promise<StoredSession | null> {
  for (const [index, pauseMs] of LOOK_AGAIN_MS.entries()) {
    await sleep(pauseMs);
    try {
      const stored = await store.read(user);
      return stored === 'unreadable' ? null : stored;
    } catch (error) {
      if (index === LOOK_AGAIN_MS.length - 1) throw error;
    }
  }
  return null;
}

const holds = (stored: StoredSession | null, session: SessionMaterial): stored is StoredSession =>
  stored?.session.refreshToken.reveal() === session.refreshToken.reveal();
