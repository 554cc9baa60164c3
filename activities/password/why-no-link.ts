import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { isUsablePassword } from '../credential-rules.ts';
import { knowsAddress } from './knows-address.ts';
import type { LinkedRow } from './linked-row.ts';
import type { PasswordServices } from './services.ts';

/** No link: LibreChat does not know the address, or gives out no links at all. A login with any password tells which. */
export async function whyNoLink(services: PasswordServices, row: LinkedRow): Promise<BridgeError> {
  const own = row.sealedPassword === null ? undefined : readable(services.keyRing, row.sealedPassword);
  return new BridgeError((await knowsAddress(services, row, own)) ? 'ResetUnavailable' : 'AccountMissing');
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
