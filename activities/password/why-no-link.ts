import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { isUsablePassword, mintPassword } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { LinkedRow } from './linked-row.ts';
import type { PasswordServices } from './services.ts';

/** No link: LibreChat does not know the address, or gives out no links at all. A login with any password tells which. */
export async function whyNoLink(
  { libreChat, keyRing, address }: PasswordServices,
  row: LinkedRow,
): Promise<BridgeError> {
  const own = row.sealedPassword === null ? undefined : readable(keyRing, row.sealedPassword);
  const password = own ?? mintPassword();
  const outcome = await libreChat.login({ address: address.render(row), password });
  if (outcome.kind === 'session') await endSession(libreChat, outcome.session);
  return new BridgeError(outcome.kind === 'unknown-address' ? 'AccountMissing' : 'ResetUnavailable');
}

function readable(keyRing: PasswordServices['keyRing'], sealed: string): Secret | undefined {
  try {
    const { password } = keyRing.open(sealed);
    return isUsablePassword(password) ? password : undefined;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'KeyMissing') return undefined;
    throw error;
  }
}
