import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import { isUsablePassword } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import { isLinked, type LinkedRow } from './linked-row.ts';
import type { Attempt } from './attempt.ts';
import type { RotationServices } from './services.ts';

/**
 * `done`: LibreChat has the password. `outdated`: somebody else has asked for a newer link, so LibreChat may have
 * anything. `fenced`: the row is not the one any more that the password was meant for; LibreChat was not touched.
 */
export type ChangeOutcome =
  | { readonly kind: 'done'; readonly row: LinkedRow }
  | { readonly kind: 'outdated' }
  | { readonly kind: 'fenced' };

/** LibreChat may hold another password than the row: not to be left to a backoff that has grown. */
const RESET_UNKNOWN_RETRY_SECONDS = 2;

/**
 * Sets LibreChat's password by a reset link: link → mark → reset.
 *
 * The mark is the fence. It holds the row to the digest that the change starts from, so an attempt that slept through a
 * later rotation cannot pass it, and a link that it got before is dead by then; and it leaves word in the row that the
 * two may differ, which outlives this worker and Temporal.
 *
 * @param expected digest of the column, which must still stand there
 * @throws BridgeError `ResetUnknown` when nobody knows what LibreChat did; `AccountMissing`, `ResetUnavailable`,
 *   `ResetLinkMismatch`, and what the calls throw
 */
export async function changePassword(
  services: RotationServices,
  user: DjangoUserId,
  expected: string,
  secret: Secret,
  attempt: Attempt,
): Promise<ChangeOutcome> {
  const { libreChat, userTable, address } = services;
  attempt.enter('link');
  const row = await userTable.read(user);
  if (row === null || !row.active || !isLinked(row)) return { kind: 'fenced' };
  const link = await libreChat.requestPasswordReset(address.render(row));
  if (link.kind === 'no-link') throw await whyNoLink(services, row);
  if (link.accountId !== row.accountId) throw new BridgeError('ResetLinkMismatch');
  attempt.enter('mark');
  if (!(await userTable.markInDoubt(user, row.accountId, expected))) return { kind: 'fenced' };
  attempt.enter('reset');
  const reset = await libreChat.resetPassword({
    accountId: row.accountId,
    token: link.token,
    password: secret,
  });
  if (reset.kind === 'unknown') {
    throw new BridgeError('ResetUnknown', { retryAfterSeconds: RESET_UNKNOWN_RETRY_SECONDS });
  }
  return reset.kind === 'done' ? { kind: 'done', row } : { kind: 'outdated' };
}

/** A 200 without a link: the address is unknown, or LibreChat mails its links. A login with any password tells. */
async function whyNoLink(
  { libreChat, keyRing, address }: RotationServices,
  row: LinkedRow,
): Promise<BridgeError> {
  const password = readable(keyRing, row.sealedPassword);
  if (password === undefined) return new BridgeError('ResetUnavailable');
  const outcome = await libreChat.login({ address: address.render(row), password });
  if (outcome.kind === 'session') await endSession(libreChat, outcome.session);
  return new BridgeError(outcome.kind === 'unknown-address' ? 'AccountMissing' : 'ResetUnavailable');
}

function readable(keyRing: RotationServices['keyRing'], sealed: string | null): Secret | undefined {
  if (sealed === null) return undefined;
  try {
    const { password } = keyRing.open(sealed);
    return isUsablePassword(password) ? password : undefined;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'KeyMissing') return undefined;
    throw error;
  }
}
