import type { Secret } from '../../contract/secret.ts';
import { digestOf, mintPassword } from '../credential-rules.ts';
import type { Attempt } from '../heartbeat.ts';
import { resetBehind } from '../password/change-password.ts';
import type { LinkedRow } from '../password/linked-row.ts';
import { requestLink, tokenOf } from '../password/reset-link.ts';
import type { PasswordServices } from '../password/services.ts';
import { whyNoLink } from '../password/why-no-link.ts';
import type { Stage } from './services.ts';

/** `moved`: somebody has written the row or asked for a newer link meanwhile, so it is to be read again. */
export type ThrownAway =
  | {
      readonly kind: 'done';
      /** Recorded nowhere: it dies with this attempt. */
      readonly password: Secret;
      /** Of the row: nobody has written it since LibreChat changed. */
      readonly version: string;
    }
  | { readonly kind: 'moved' };

/**
 * Gives the account of an inactive user a password that nobody keeps, which ends all its sessions: link, mark, reset, with
 * the fences of a rotation. If the user is activated in between, the row is in doubt by then.
 *
 * @throws BridgeError `AccountMissing`, `ResetUnavailable`, `ResetLinkMismatch`, `ResetUnknown`, `AccountConflict`, and
 *   what the calls throw
 */
export async function throwPasswordAway(
  services: PasswordServices,
  row: LinkedRow,
  attempt: Attempt<Stage>,
): Promise<ThrownAway> {
  attempt.enter('link');
  const token = tokenOf(await requestLink(services, row));
  if (token === undefined) throw await whyNoLink(services, row);
  const password = mintPassword();
  const mark = () => services.userTable.markEnding(row.djangoUserId, row.accountId, digestOf(row));
  const hold = (next: 'mark' | 'reset'): void => attempt.enter(next);
  const change = await resetBehind(mark, services, row.accountId, { token, password }, hold);
  return change.kind === 'done' ? { kind: 'done', password, version: change.version } : { kind: 'moved' };
}
