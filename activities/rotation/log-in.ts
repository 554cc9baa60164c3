import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { endSession } from '../end-session.ts';
import type { AccountSession } from '../ports.ts';
import type { LinkedRow } from './linked-row.ts';
import type { RotationServices } from './services.ts';

/** What a login says of a password. `proven` without a session: LibreChat asked for a second factor. */
export type LoginProof =
  { readonly kind: 'proven'; readonly session: AccountSession | undefined } | { readonly kind: 'rejected' };

/**
 * Logs in at the account of a linked row.
 *
 * @throws BridgeError `AccountMissing`; `AccountConflict` when the address leads to another account than the linked one;
 *   and what a login throws
 */
export async function logIn(
  { libreChat, address }: RotationServices,
  row: LinkedRow,
  password: Secret,
): Promise<LoginProof> {
  const outcome = await libreChat.login({ address: address.render(row), password });
  switch (outcome.kind) {
    case 'session':
      if (outcome.session.accountId === row.accountId) return { kind: 'proven', session: outcome.session };
      await endSession(libreChat, outcome.session);
      throw new BridgeError('AccountConflict', {
        detail: 'the password opens another account than the linked one',
      });
    case 'two-factor':
      return { kind: 'proven', session: undefined };
    case 'wrong-password':
      return { kind: 'rejected' };
    case 'unknown-address':
      throw new BridgeError('AccountMissing');
  }
}
