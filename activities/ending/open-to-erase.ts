import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { digestOf } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { knowsAddress } from '../password/knows-address.ts';
import { isLinked, type LinkedRow } from '../password/linked-row.ts';
import { PLANS } from '../pacing/plans.ts';
import { passwordOf } from '../password/password-of.ts';
import { rejectedIfUnusable } from '../password/log-in.ts';
import type { AccountSession, LoginOutcome } from '../ports/librechat.ts';
import type { UserRow } from '../ports/user-table.ts';
import type { EndingServices, Stage } from './services.ts';
import { throwPasswordAway } from './throw-away.ts';

/**
 * `missing`: LibreChat knows nobody under the address of the linked row. `none`: nor under that of the row that is not
 * linked. `moved`: somebody has written the row meanwhile, so it is to be read again.
 */
type OpenedToErase =
  | { readonly kind: 'session'; readonly session: AccountSession }
  | { readonly kind: 'two-factor' }
  | { readonly kind: 'missing'; readonly accountId: AccountId }
  | { readonly kind: 'none' }
  | { readonly kind: 'moved' };

/**
 * Opens a session of the account that an inactive row owns. The row is marked then: its user was still inactive.
 *
 * @throws BridgeError `AccountConflict` when the address leads to another account than the linked one, or to one that the
 *   unlinked row cannot open; `KeyMissing` when only a key is missing for that; `ResetUnavailable`, `ResetLinkMismatch`,
 *   `ResetUnknown`, and what the calls throw
 */
export async function openToErase(
  services: EndingServices,
  row: UserRow,
  attempt: Attempt<Stage>,
): Promise<OpenedToErase> {
  const password = passwordOf(services, row);
  const outcome = password instanceof Secret ? await logIn(services, row, password) : undefined;
  switch (outcome?.kind) {
    case 'session':
      return markFor(services, row, outcome.session, attempt);
    case 'two-factor':
      return { kind: 'two-factor' };
    case 'unknown-address':
      return row.accountId === null ? { kind: 'none' } : { kind: 'missing', accountId: row.accountId };
    case 'wrong-password':
    case undefined:
      if (!isLinked(row)) {
        if (outcome === undefined && !(await isKnown(services, row))) return { kind: 'none' };
        throw password instanceof BridgeError ? password : new BridgeError('AccountConflict');
      }
      return services.libreChat.budgeted(PLANS.rotate, (libreChat) =>
        openByLink({ ...services, libreChat }, row, attempt),
      );
  }
}

/** A user may have an account that the row is neither linked to nor can open: it must not pass for `nothing`. */
async function isKnown(services: EndingServices, row: UserRow): Promise<boolean> {
  try {
    return await knowsAddress(services, row);
  } catch (error) {
    // Without an address that LibreChat takes, nothing was ever registered, unless a password says so.
    const refused = error instanceof BridgeError && error.code === 'AddressRefused';
    if (refused && row.sealedPassword === null) return false;
    throw error;
  }
}

/** Undefined where LibreChat refused the password by its rules, and so said nothing about the address. */
async function logIn(
  { libreChat, address }: EndingServices,
  row: UserRow,
  password: Secret,
): Promise<LoginOutcome | undefined> {
  const outcome = await rejectedIfUnusable(() => libreChat.login({ address: address.render(row), password }));
  if (outcome === 'rejected') return undefined;
  if (outcome.kind !== 'session' || row.accountId === null || row.accountId === outcome.session.accountId)
    return outcome;
  await endSession(libreChat, outcome.session);
  throw new BridgeError('AccountConflict', {
    detail: 'the password opens another account than the linked one',
  });
}

async function markFor(
  { libreChat, userTable }: EndingServices,
  row: UserRow,
  session: AccountSession,
  attempt: Attempt<Stage>,
): Promise<OpenedToErase> {
  try {
    attempt.enter('mark');
    const version = await userTable.markEnding(row.djangoUserId, session.accountId, digestOf(row));
    if (version !== null) return { kind: 'session', session };
  } catch (error) {
    await endSession(libreChat, session);
    throw error;
  }
  await endSession(libreChat, session);
  return { kind: 'moved' };
}

/** With a password that nobody keeps, where that of the row does not open the account. */
async function openByLink(
  services: EndingServices,
  row: LinkedRow,
  attempt: Attempt<Stage>,
): Promise<OpenedToErase> {
  const { accountId } = row;
  try {
    const thrown = await throwPasswordAway(services, row, attempt);
    if (thrown.kind === 'moved') return thrown;
    const outcome = await logIn(services, row, thrown.password);
    switch (outcome?.kind) {
      case 'session':
        return { kind: 'session', session: outcome.session };
      case 'two-factor':
        return { kind: 'two-factor' };
      case 'unknown-address':
        return { kind: 'missing', accountId };
      case 'wrong-password':
      case undefined:
        return { kind: 'moved' };
    }
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'AccountMissing')
      return { kind: 'missing', accountId };
    throw error;
  }
}
