import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import { accountName } from '../address.ts';
import { endSession } from '../end-session.ts';
import type { AccountSession, LoginOutcome } from '../ports.ts';
import type { Candidate } from './seal.ts';
import type { ProvisioningServices } from './services.ts';

/** A session that proves the password of the row. */
export interface Opened {
  readonly session: AccountSession;
  /** True when the password was set by a reset, which ended all other sessions of the account. */
  readonly afterReset: boolean;
}

const ADMIN = 'ADMIN';

/** LibreChat may hold another password than the row meanwhile: not to be left to a backoff that has grown. */
const RESET_UNKNOWN_RETRY_SECONDS = 2;

/**
 * Opens the account of a row that is not linked, and registers it where LibreChat does not know the address. It logs in
 * first: LibreChat answers the registration of an existing address like that of a new one, so only a login tells.
 *
 * @throws BridgeError `AccountConflict`, `AdminGranted`, `TwoFactorEnabled`, and what login and registration throw
 */
export async function openUnlinked(services: ProvisioningServices, candidate: Candidate): Promise<Opened> {
  const { libreChat, adminGuard } = services;
  let outcome = await libreChat.login(candidate.credential);
  if (outcome.kind === 'unknown-address') {
    await adminGuard.ensure();
    const registered = await libreChat.register({
      ...candidate.credential,
      name: accountName(candidate.row),
    });
    outcome = await libreChat.login(candidate.credential);
    if (outcome.kind === 'unknown-address' && registered.kind === 'unknown') throw registered.error;
  }
  const session = sessionOf(outcome);
  if (session.role === ADMIN) {
    adminGuard.forget();
    await endSession(libreChat, session);
    throw new BridgeError('AdminGranted');
  }
  return { session, afterReset: false };
}

/** An unlinked row owns only what its own password opens. */
function sessionOf(outcome: LoginOutcome): AccountSession {
  switch (outcome.kind) {
    case 'session':
      return outcome.session;
    case 'two-factor':
      throw new BridgeError('TwoFactorEnabled');
    case 'wrong-password':
      throw new BridgeError('AccountConflict', { detail: 'LibreChat has an account with another password' });
    case 'unknown-address':
      throw new BridgeError('AccountConflict', {
        detail: 'LibreChat has an account without a password of its own',
      });
  }
}

/**
 * Opens the account of a linked row that is in doubt or has just got a new password. Where the password does not open
 * it, it is set by a reset link for the very account that stands in the row.
 *
 * @param assertHeld throws when this attempt may have been given to another worker in the meantime
 * @throws BridgeError `AccountConflict`, `AccountMissing`, `TwoFactorEnabled`, `ResetLinkMismatch`, `ResetUnavailable`,
 *   `ResetUnknown`, `Drift`, and what the calls throw
 */
export async function openLinked(
  services: ProvisioningServices,
  candidate: Candidate,
  accountId: AccountId,
  assertHeld: () => void,
): Promise<Opened> {
  const first = await services.libreChat.login(candidate.credential);
  if (first.kind !== 'wrong-password') {
    return { session: await ownSession(services, candidate, accountId, first), afterReset: false };
  }
  await setPassword(services, candidate, accountId, assertHeld);
  const second = await services.libreChat.login(candidate.credential);
  if (second.kind === 'wrong-password')
    throw new BridgeError('Drift', { detail: 'the password was changed again' });
  return { session: await ownSession(services, candidate, accountId, second), afterReset: true };
}

async function ownSession(
  { libreChat, userTable, adminGuard }: ProvisioningServices,
  { row, digest }: Candidate,
  accountId: AccountId,
  outcome: Exclude<LoginOutcome, { kind: 'wrong-password' }>,
): Promise<AccountSession> {
  switch (outcome.kind) {
    case 'session':
      if (outcome.session.accountId === accountId) return outcome.session;
      await endSession(libreChat, outcome.session);
      throw new BridgeError('AccountConflict', {
        detail: 'the password opens another account than the linked one',
      });
    case 'two-factor':
      // The password is proven, only no session can be had: the row is not in doubt any more.
      await userTable.confirm(row.djangoUserId, accountId, digest);
      throw new BridgeError('TwoFactorEnabled');
    case 'unknown-address':
      adminGuard.forget();
      throw new BridgeError('AccountMissing');
  }
}

async function setPassword(
  { libreChat, userTable }: ProvisioningServices,
  { row, credential, digest }: Candidate,
  accountId: AccountId,
  assertHeld: () => void,
): Promise<void> {
  assertHeld();
  const link = await libreChat.requestPasswordReset(credential.address);
  if (link.kind === 'no-link') throw new BridgeError('ResetUnavailable');
  if (link.accountId !== accountId) throw new BridgeError('ResetLinkMismatch');
  if (!(await userTable.markInDoubt(row.djangoUserId, accountId, digest))) {
    throw new BridgeError('Drift', { detail: 'the row was written by somebody else in the meantime' });
  }
  assertHeld();
  const reset = await libreChat.resetPassword({
    accountId,
    token: link.token,
    password: credential.password,
  });
  if (reset.kind === 'unknown')
    throw new BridgeError('ResetUnknown', { retryAfterSeconds: RESET_UNKNOWN_RETRY_SECONDS });
  if (reset.kind === 'superseded')
    throw new BridgeError('Drift', { detail: 'a newer reset link was issued' });
}
