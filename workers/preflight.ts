import { BridgeError } from '../contract/errors.ts';
import type { KeyRing } from '../activities/ports/key-ring.ts';

/** How many of the newest tokens are tried: enough to tell a missing key from a single row of garbage. */
const SAMPLE = 20;

/**
 * Refuses to start with the wrong encryption key: every sign-in would be `KeyMissing`, and an operator might overwrite
 * what the right key still opens.
 *
 * @throws BridgeError `ConfigurationInvalid` when the newest tokens of the table open under none of the keys
 */
export async function ensureKeysFit(
  userTable: { newestSealedPasswords(limit: number): Promise<readonly string[]> },
  keyRing: KeyRing,
): Promise<void> {
  const tokens = await userTable.newestSealedPasswords(SAMPLE);
  if (tokens.length === 0 || tokens.some((token) => opens(keyRing, token))) return;
  throw new BridgeError('ConfigurationInvalid', {
    detail: `LIBRECHAT_ENCRYPTION_KEY opens none of the ${tokens.length} newest passwords of the user table`,
  });
}

function opens(keyRing: KeyRing, token: string): boolean {
  try {
    keyRing.open(token);
    return true;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'KeyMissing') return false;
    throw error;
  }
}
