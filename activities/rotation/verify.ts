import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { RotateVerdict } from '../../contract/messages.ts';
import { isUsablePassword, sealedDigest } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import { publishSession, readEpochIfAvailable } from '../publish-session.ts';
import type { AccountSession } from '../ports.ts';
import type { Attempt, Rotation } from './attempt.ts';
import { isLinked, type LinkedRow } from './linked-row.ts';
import { logIn, type LoginProof } from './log-in.ts';
import type { RotationServices } from './services.ts';

/** A login that proved a password, and the epoch that was read before it. */
export interface Proof {
  readonly session: AccountSession | undefined;
  readonly epoch: number | undefined;
}

/** Logs in, after reading the epoch that a publication of the session would have to name. */
export async function prove(
  services: RotationServices,
  row: LinkedRow,
  password: Rotation['minted']['secret'],
): Promise<Proof | 'rejected'> {
  const epoch = await readEpochIfAvailable(services.sessionStore, row.djangoUserId);
  const login: LoginProof = await logIn(services, row, password);
  return login.kind === 'rejected' ? 'rejected' : { session: login.session, epoch };
}

/**
 * The last part of a rotation: a login with the password that both sides now have. A user who has a session gets the new
 * one, since the reset has ended the old. Where LibreChat cannot be asked, the row is put in doubt, for the sweep.
 *
 * @param known a login that has proved it already
 * @returns undefined when LibreChat has another password after all
 */
export async function verifyRotation(
  services: RotationServices,
  rotation: Rotation,
  row: LinkedRow,
  known: Proof | undefined,
  attempt: Attempt,
): Promise<RotateVerdict | undefined> {
  const { userTable } = services;
  const { user, minted, reason } = rotation;
  try {
    attempt.enter('verify');
    const proof = known ?? (await prove(services, row, minted.secret));
    if (proof === 'rejected') {
      await userTable.markInDoubt(user, row.accountId, sealedDigest(minted.sealed));
      return undefined;
    }
    await publishOrEnd(services, user, proof, { wanted: reason === 'repair', replacesAll: true });
    return { outcome: 'rotated' };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code === 'DatabaseUnavailable' || error.code === 'Drift')
      throw error;
    await userTable.markInDoubt(user, row.accountId, sealedDigest(minted.sealed));
    return { outcome: 'unverified', code: error.code };
  }
}

/** Publishes the session where it is wanted or replaces one that is in use, and ends it otherwise. */
export async function publishOrEnd(
  services: RotationServices,
  user: DjangoUserId,
  { session, epoch }: Proof,
  { wanted, replacesAll }: { readonly wanted: boolean; readonly replacesAll: boolean },
): Promise<void> {
  if (session === undefined) return;
  const { sessionStore, userTable, libreChat } = services;
  const inUse = wanted || (epoch !== undefined && (await hasSession(sessionStore, user)));
  const stillActive = inUse && (await userTable.read(user))?.active === true;
  if (stillActive) await publishSession(services, user, epoch, session, { replacesAll });
  else await endSession(libreChat, session);
}

async function hasSession(store: RotationServices['sessionStore'], user: DjangoUserId): Promise<boolean> {
  try {
    return await store.hasSession(user);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'SessionStoreUnavailable') return false;
    throw error;
  }
}

/**
 * The first part of a repair: does the password of the row work after all? Then the row is not in doubt any more.
 *
 * @throws BridgeError `KeyMissing`, `AccountMissing`, `AccountConflict`, `Drift`, and what a login throws
 */
export async function verifyCredential(
  services: RotationServices,
  user: DjangoUserId,
): Promise<RotateVerdict | { readonly outcome: 'rejected' }> {
  const { userTable, keyRing } = services;
  const row = await userTable.read(user);
  if (row === null) return { outcome: 'gone' };
  if (!row.active) return { outcome: 'inactive' };
  if (!isLinked(row) || row.sealedPassword === null) return { outcome: 'failed', code: 'NotProvisioned' };
  const { password } = keyRing.open(row.sealedPassword);
  if (!isUsablePassword(password)) return { outcome: 'rejected' };
  const proof = await proveUnlessRefused(services, row, password);
  if (proof === 'rejected') return { outcome: 'rejected' };
  const confirmed = await userTable.confirm(user, row.accountId, sealedDigest(row.sealedPassword));
  await publishOrEnd(services, user, proof, { wanted: confirmed, replacesAll: false });
  if (!confirmed)
    throw new BridgeError('Drift', { detail: 'the row was written by somebody else in the meantime' });
  return proof.session === undefined
    ? { outcome: 'intact', code: 'TwoFactorEnabled' }
    : { outcome: 'intact' };
}

/** A password that LibreChat's rules refuse is not the one of the account, whatever that is. */
async function proveUnlessRefused(
  services: RotationServices,
  row: LinkedRow,
  password: Rotation['minted']['secret'],
): Promise<Proof | 'rejected'> {
  try {
    return await prove(services, row, password);
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'PasswordUnusable') return 'rejected';
    throw error;
  }
}
