import type { Secret } from '../../contract/secret.ts';
import { mintPassword } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { UserRow } from '../ports/user-table.ts';
import type { PasswordServices } from './services.ts';

/**
 * Whether LibreChat has an account with a password of its own under the address of a row. A login with any password tells;
 * one that is made up here is kept nowhere.
 *
 * @throws BridgeError `AddressRefused`, `PasswordUnusable`, and what else a login throws
 */
export async function knowsAddress(
  { libreChat, address }: Pick<PasswordServices, 'libreChat' | 'address'>,
  row: UserRow,
  password: Secret = mintPassword(),
): Promise<boolean> {
  const outcome = await libreChat.login({ address: address.render(row), password });
  if (outcome.kind === 'session') await endSession(libreChat, outcome.session);
  return outcome.kind !== 'unknown-address';
}
