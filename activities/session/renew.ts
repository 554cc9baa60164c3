import { isFresh } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { RenewResult } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { isLinkedWithPassword, type LinkedRow, type LinkedRowWithPassword } from '../password/linked-row.ts';
import type { StoredSession } from '../ports/session-store.ts';
import { isNearEnd } from './near-end.ts';
import { openByLogin } from './open-by-login.ts';
import { publishRenewed } from './publish-renewed.ts';
import type { SessionServices } from './services.ts';

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
  // In this order, and before LibreChat is called: any write or sign-out from here on makes this attempt's epoch old.
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
  if (!isLinkedWithPassword(row)) return { outcome: 'unprovisioned' };
  const old = isSession(stored) ? stored.session : undefined;
  const obtained = await obtain(services, row, { epoch, old }, attempt);
  if (obtained === 'rejected') return { outcome: 'rejected' };
  const result = await publishRenewed(services, user, { ...obtained, epoch }, attempt);
  if (result.outcome === 'opened' && obtained.replaced !== undefined)
    await endSession(services.libreChat, obtained.replaced);
  return result;
}

const isSession = (stored: StoredSession | 'unreadable' | null): stored is StoredSession =>
  stored !== null && stored !== 'unreadable';

/** A session that LibreChat gave out, and the one that it replaces and that may live on. */
interface Obtained {
  readonly how: 'renewed' | 'opened';
  readonly session: SessionMaterial;
  readonly replaced?: SessionMaterial | undefined;
}

/** By the token, then by a login. Near the end of the session the other way round: then a refresh is the last resort. */
async function obtain(
  services: SessionServices,
  row: LinkedRowWithPassword,
  { epoch, old }: { readonly epoch: number; readonly old: SessionMaterial | undefined },
  attempt: Attempt,
): Promise<Obtained | 'rejected'> {
  const own = old?.accountId === row.accountId ? old : undefined;
  const nearEnd = own !== undefined && isNearEnd(row.djangoUserId, own, Date.now());
  const renewed = nearEnd ? undefined : await renewByToken(services, row, own, attempt);
  if (renewed !== undefined && renewed !== 'refused') return { how: 'renewed', session: renewed };
  const replaced = renewed === 'refused' ? undefined : old;
  try {
    const session = await openByLogin(services, row, epoch, attempt);
    if (session !== 'rejected') return { how: 'opened', session, replaced };
    return (nearEnd && (await asLastResort())) || 'rejected';
  } catch (error) {
    const last = nearEnd && error instanceof BridgeError && (await asLastResort());
    if (last) return last;
    throw error;
  }

  async function asLastResort(): Promise<Obtained | undefined> {
    const session = await renewByToken(services, row, own, attempt);
    return session === undefined || session === 'refused' ? undefined : { how: 'renewed', session };
  }
}

/** `refused`: nothing is left of the session that could be ended. Undefined: a login is to open another one. */
async function renewByToken(
  { libreChat }: SessionServices,
  row: LinkedRow,
  old: SessionMaterial | undefined,
  attempt: Attempt,
): Promise<SessionMaterial | 'refused' | undefined> {
  if (old === undefined) return undefined;
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
