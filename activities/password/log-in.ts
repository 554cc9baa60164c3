import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { endSession } from '../end-session.ts';
import type { AccountSession } from '../ports/librechat.ts';
import { readEpochIfAvailable } from '../publish-session.ts';
import type { LinkedRow } from './linked-row.ts';
import type { PasswordServices } from './services.ts';

/** A login that proved a password. */
export interface Proof {
  /** Undefined when LibreChat asked for a second factor: the password is right, but no session can be had. */
  readonly session: AccountSession | undefined;
  /** The epoch of the session record as it was before the login; undefined while Redis is away. */
  readonly epoch: number | undefined;
}

/**
 * Logs in at the account of a linked row.
 *
 * @param knownEpoch of the session record, where it was read before LibreChat was called for something else
 * @throws BridgeError `AccountMissing`; `AccountConflict` when the address leads to another account than the linked one;
 *   and what a login throws
 */
export async function logIn(
  { libreChat, sessionStore, address }: PasswordServices,
  row: LinkedRow,
  password: Secret,
  knownEpoch?: number,
): Promise<Proof | 'rejected'> {
  const epoch = knownEpoch ?? (await readEpochIfAvailable(sessionStore, row.djangoUserId));
  const outcome = await libreChat.login({ address: address.render(row), password });
  switch (outcome.kind) {
    case 'session':
      if (outcome.session.accountId === row.accountId) return { session: outcome.session, epoch };
      await endSession(libreChat, outcome.session);
      throw new BridgeError('AccountConflict', {
        detail: 'the password opens another account than the linked one',
      });
    case 'two-factor':
      return { session: undefined, epoch };
    case 'wrong-password':
      return 'rejected';
    case 'unknown-address':
      throw new BridgeError('AccountMissing');
  }
}

/** A password that LibreChat's rules refuse does not open the account, whatever the account's is. */
export async function rejectedIfUnusable<Value>(prove: () => Promise<Value>): Promise<Value | 'rejected'> {
  try {
    return await prove();
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'PasswordUnusable') return 'rejected';
    throw error;
  }
}
