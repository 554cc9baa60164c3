import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import type { LinkedRow } from './linked-row.ts';
import type { PasswordServices } from './services.ts';

/**
 * `done`: LibreChat has the password, and nobody has written the row since `version`. `outdated`: somebody has asked for
 * a newer link. `fenced`: the row is no longer the one that the password was meant for; LibreChat was not touched.
 */
export type ChangeOutcome =
  | { readonly kind: 'done'; readonly version: string }
  | { readonly kind: 'outdated' }
  | { readonly kind: 'fenced' };

/** LibreChat may hold another password than the row: too urgent for a backoff that has grown. */
const RESET_UNKNOWN_RETRY_SECONDS = 2;

/**
 * Sets LibreChat's password with a reset link: mark, then reset.
 *
 * The mark is the fence. It holds the row to the digest that the change starts from, so an attempt that slept through a
 * later rotation cannot pass it; it says in the row that the two may differ, which outlives this worker and Temporal;
 * and its version is what a later commit must still find. A reset by somebody else that could come after ours
 * needs a newer link than ours, and a mark after that: it would have changed the version.
 *
 * @param expected digest of the column, which must still stand there; null: it must be empty
 * @param hold called before each write; throws when this attempt may have been given to another worker
 * @throws BridgeError `ResetUnknown` when nobody knows what LibreChat did, and what the calls throw
 */
export function changePassword(
  services: PasswordServices,
  { djangoUserId, accountId }: LinkedRow,
  expected: string | null,
  change: NewPassword,
  hold: (next: 'mark' | 'reset') => void,
): Promise<ChangeOutcome> {
  const mark = () => services.userTable.markInDoubt(djangoUserId, accountId, expected);
  return resetBehind(mark, services, accountId, change, hold);
}

/** A password, and the link that sets it. */
interface NewPassword {
  readonly token: Secret;
  readonly password: Secret;
}

/**
 * The same behind another mark.
 *
 * @param mark returns the version that the row has now; null: the row is another one than expected
 */
export async function resetBehind(
  mark: () => Promise<string | null>,
  { libreChat }: Pick<PasswordServices, 'libreChat'>,
  accountId: AccountId,
  change: NewPassword,
  hold: (next: 'mark' | 'reset') => void,
): Promise<ChangeOutcome> {
  hold('mark');
  const version = await mark();
  if (version === null) return { kind: 'fenced' };
  hold('reset');
  const reset = await libreChat.resetPassword({ accountId, ...change });
  if (reset.kind === 'unknown') {
    throw new BridgeError('ResetUnknown', { retryAfterSeconds: RESET_UNKNOWN_RETRY_SECONDS });
  }
  return reset.kind === 'done' ? { kind: 'done', version } : { kind: 'outdated' };
}
