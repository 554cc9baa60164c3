import { isFresh } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { RenewResult } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { endSession } from '../end-session.ts';
import { isLinked, type LinkedRow } from '../password/linked-row.ts';
import type { StoredSession } from '../ports.ts';
import { isNearEnd } from './near-end.ts';
import { openByLogin } from './open-by-login.ts';
import { publishRenewed } from './publish-renewed.ts';
import type { Attempt, SessionServices } from './services.ts';

/**
 * Makes sure that a user has a session whose access token has time left: by the refresh token, else by a login with the
 * password of the row. The old record stays until another one takes its place, since no answer to a refresh proves that
 * a session is dead: LibreChat answers the same when a sibling was quicker, and when its database is away.
 *
 * @param named the epoch as the caller of the workflow knew it
 * @throws BridgeError `SignedOut`, `KeyMissing`, `TwoFactorEnabled`, `AccountMissing`, `AccountConflict`, `Drift`, and what
 *   the calls throw
 */
export async function renewSession(
  services: SessionServices,
  user: DjangoUserId,
  named: number,
  attempt: Attempt,
): Promise<RenewResult> {
  const { sessionStore, userTable } = services;
  // In this order, and before LibreChat is called: whoever writes or signs out from here on makes this attempt's epoch old.
  const epoch = await sessionStore.readEpoch(user);
  const stored = await sessionStore.read(user);
  if (isSession(stored) && isFresh({ ...stored.session, epoch: stored.epoch }, Date.now()))
    return { outcome: 'fresh', epoch: stored.epoch, expiresAt: stored.session.expiresAt };
  if (stored === null && epoch !== named) throw new BridgeError('SignedOut');
  const row = await userTable.read(user);
  if (row === null || !row.active) {
    await sessionStore.close(user);
    return { outcome: 'ended', code: row === null ? 'UserNotFound' : 'UserInactive' };
  }
  const { sealedPassword } = row;
  if (!isLinked(row) || sealedPassword === null) return { outcome: 'unprovisioned' };
  const old = isSession(stored) ? stored.session : undefined;
  const renewed = old && (await renewByToken(services, row, old, attempt));
  if (renewed !== undefined && renewed !== 'refused')
    return publishRenewed(services, user, { how: 'renewed', epoch, session: renewed }, attempt);
  const session = await openByLogin(services, { ...row, sealedPassword }, epoch, attempt);
  if (session === 'rejected') return { outcome: 'rejected' };
  const result = await publishRenewed(services, user, { how: 'opened', epoch, session }, attempt);
  if (result.outcome === 'opened' && old !== undefined && renewed !== 'refused')
    await endSession(services.libreChat, old);
  return result;
}

const isSession = (stored: StoredSession | 'unreadable' | null): stored is StoredSession =>
  stored !== null && stored !== 'unreadable';

/** `refused`: there is nothing left of the session that could be ended. Undefined: a login is to open another one. */
async function renewByToken(
  { libreChat }: SessionServices,
  row: LinkedRow,
  old: SessionMaterial,
  attempt: Attempt,
): Promise<SessionMaterial | 'refused' | undefined> {
  if (old.accountId !== row.accountId || isNearEnd(row.djangoUserId, old, Date.now())) return undefined;
  attempt.assertHeld();
  try {
    const refreshed = await libreChat.refresh(old.refreshToken);
    if (refreshed.kind === 'refused') return 'refused';
    if (refreshed.kind === 'unknown') return undefined;
    if (refreshed.session.accountId === row.accountId)
      return { ...refreshed.session, openedAt: old.openedAt };
    await endSession(libreChat, refreshed.session);
    return 'refused';
  } catch (error) {
    // Whatever kept LibreChat from refreshing, a login says it better.
    if (error instanceof BridgeError) return undefined;
    throw error;
  }
}
