import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import { accountName } from '../address.ts';
import { ADMIN } from '../admin-guard.ts';
import { endSession } from '../end-session.ts';
import { bringToRow } from '../password/bring-to-row.ts';
import type { AccountSession, LoginOutcome } from '../ports/librechat.ts';
import type { RowToOpen } from './seal.ts';
import type { ProvisioningServices } from './services.ts';

/** A session that proves the password of the row. */
export interface Opened {
  readonly session: AccountSession;
  /** True when the password was set by a reset, which ended all other sessions of the account. */
  readonly afterReset: boolean;
}

/**
 * Opens the account of a row that is not linked, and registers it where LibreChat does not know the address. It logs in
 * first: LibreChat answers the registration of an existing address like that of a new one, so only a login tells.
 *
 * @throws BridgeError `AccountConflict`, `AdminGranted`, `TwoFactorEnabled`, and what login and registration throw
 */
export async function openUnlinked(
  services: ProvisioningServices,
  toOpen: RowToOpen,
  assertHeld: () => void,
): Promise<Opened> {
  const { libreChat, adminGuard } = services;
  let outcome = await libreChat.login(toOpen.credential);
  if (outcome.kind === 'unknown-address') {
    await adminGuard.ensure();
    assertHeld();
    const registered = await libreChat.register({
      ...toOpen.credential,
      name: accountName(toOpen.row),
    });
    outcome = await libreChat.login(toOpen.credential);
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
 * @returns `moved` when somebody has written the row meanwhile, so that it is to be read again
 * @throws BridgeError `AccountConflict`, `AccountMissing`, `TwoFactorEnabled`, `ResetLinkMismatch`, `ResetUnavailable`,
 *   `ResetUnknown`, and what the calls throw
 */
export async function openLinked(
  services: ProvisioningServices,
  { row, credential }: RowToOpen,
  accountId: AccountId,
  assertHeld: () => void,
): Promise<Opened | 'moved'> {
  try {
    const brought = await bringToRow(
      services,
      { row: { ...row, accountId }, password: credential.password },
      assertHeld,
    );
    if (brought.kind === 'moved') return 'moved';
    // The password is proven and the row no longer in doubt, but no session can be had.
    if (brought.proof.session === undefined) throw new BridgeError('TwoFactorEnabled');
    return { session: brought.proof.session, afterReset: brought.afterReset };
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'AccountMissing') services.adminGuard.forget();
    throw error;
  }
}
