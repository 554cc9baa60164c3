import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import { isUsablePassword } from '../credential-rules.ts';
import type { UserRow } from '../ports/user-table.ts';
import type { PasswordServices } from './services.ts';

/** Undefined where there is none that could open anything; the error where no key opens it. */
export function passwordOf(
  { keyRing }: Pick<PasswordServices, 'keyRing'>,
  { sealedPassword }: UserRow,
): Secret | BridgeError | undefined {
  if (sealedPassword === null) return undefined;
  try {
    const { password } = keyRing.open(sealedPassword);
    return isUsablePassword(password) ? password : undefined;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'KeyMissing') return error;
    throw error;
  }
}
