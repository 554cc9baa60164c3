import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { knowsAddress } from './knows-address.ts';
import type { LinkedRow } from './linked-row.ts';
import { passwordOf } from './password-of.ts';
import type { PasswordServices } from './services.ts';

/** No link: LibreChat does not know the address, or gives out no links at all. A login with any password tells which. */
export async function whyNoLink(services: PasswordServices, row: LinkedRow): Promise<BridgeError> {
  const own = passwordOf(services, row);
  const isKnown = await knowsAddress(services, row, own instanceof Secret ? own : undefined);
  return new BridgeError(isKnown ? 'ResetUnavailable' : 'AccountMissing');
}
