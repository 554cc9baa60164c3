import type { SuspendVerdict } from '../../contract/endings.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import { ADMIN } from '../admin-guard.ts';
import { digestOf, isUsablePassword } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { PLANS } from '../pacing/plans.ts';
import { rejectedIfUnusable } from '../password/log-in.ts';
import type { PasswordServices } from '../password/services.ts';
import type { UserRow } from '../ports/user-table.ts';
import { MAX_ROUNDS, type Stage } from './services.ts';
import { throwPasswordAway } from './throw-away.ts';

/**
 * Shuts an inactive user out of LibreChat, and empties the password column. Every part is safe to repeat, by this worker or
 * another, and the user may be activated again at any time: then the row is in doubt or empty wherever LibreChat may have
 * changed, which is what the sweep and a provisioning look for.
 *
 *   open    (where the row is not linked) log in with the row's password, to learn whose account it is
 *   link    ask for a reset link, which kills those of others, for that very account
 *   mark    put the inactive row in doubt, linked to that account, where it still holds the same token
 *   reset   set a password that is recorded nowhere
 *   clear   empty the column where nobody has written the row since
 *
 * Where LibreChat does not let itself be changed, the column is emptied all the same: nobody else knows the password.
 *
 * @throws BridgeError transient ones only, after which it is to be repeated
 */
export async function shutOut(
  services: PasswordServices,
  user: DjangoUserId,
  attempt: Attempt<Stage>,
): Promise<SuspendVerdict> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    attempt.enter('open');
    const row = await services.userTable.read(user);
    if (row === null) return { outcome: 'gone' };
    if (row.active) return { outcome: 'active' };
    if (row.accountId === null && row.sealedPassword === null) return { outcome: 'nothing' };
    const plan = row.accountId === null ? PLANS.shutOutUnlinked : PLANS.shutOut;
    const verdict = await services.libreChat.budgeted(plan, (libreChat) =>
      shutOutOf({ ...services, libreChat }, row, attempt),
    );
    if (verdict !== 'moved') return verdict;
  }
  throw new BridgeError('Drift', { detail: 'the row is being written by somebody else' });
}

async function shutOutOf(
  services: PasswordServices,
  row: UserRow,
  attempt: Attempt<Stage>,
): Promise<SuspendVerdict | 'moved'> {
  let accountId = row.accountId;
  try {
    accountId ??= await ownAccount(services, row);
    if (accountId === null) return await clear(services, row, row.version, { outcome: 'nothing' }, attempt);
    const thrown = await throwPasswordAway(services, { ...row, accountId }, attempt);
    if (thrown.kind === 'moved') return 'moved';
    return await clear(services, row, thrown.version, { outcome: 'suspended' }, attempt);
  } catch (error) {
    if (!(error instanceof BridgeError) || error.transient) throw error;
    return clearOnly(services, row, accountId, { outcome: 'cleared', code: error.code }, attempt);
  }
}

/**
 * The account that the password of an unlinked row opens: one whose provisioning did not come to its end.
 *
 * @throws BridgeError `KeyMissing`, `TwoFactorEnabled`, `AdminGranted`, and what a login throws
 */
async function ownAccount(services: PasswordServices, row: UserRow): Promise<AccountId | null> {
  const { libreChat, keyRing, address } = services;
  if (row.sealedPassword === null) return null;
  const { password } = keyRing.open(row.sealedPassword);
  if (!isUsablePassword(password)) return null;
  const outcome = await rejectedIfUnusable(() => libreChat.login({ address: address.render(row), password }));
  if (outcome === 'rejected') return null;
  switch (outcome.kind) {
    case 'session':
      await endSession(libreChat, outcome.session);
      // A link to it would get round the guard that has kept it from being linked.
      if (outcome.session.role === ADMIN) throw new BridgeError('AdminGranted');
      return outcome.session.accountId;
    case 'two-factor':
      throw new BridgeError('TwoFactorEnabled');
    case 'unknown-address':
    case 'wrong-password':
      return null;
  }
}

/** LibreChat stays as it is. A row that was not linked is linked, if possible, so that the user finds the account again. */
async function clearOnly(
  services: PasswordServices,
  row: UserRow,
  accountId: AccountId | null,
  verdict: SuspendVerdict,
  attempt: Attempt<Stage>,
): Promise<SuspendVerdict | 'moved'> {
  if (accountId === null) return clear(services, row, row.version, verdict, attempt);
  attempt.enter('mark');
  const version = await markUnlessOwned(services, row, accountId);
  return version === null ? 'moved' : clear(services, row, version, verdict, attempt);
}

/** An account that another row owns is not this one's. */
async function markUnlessOwned(
  { userTable }: PasswordServices,
  row: UserRow,
  accountId: AccountId,
): Promise<string | null> {
  try {
    return await userTable.markEnding(row.djangoUserId, accountId, digestOf(row));
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'AccountConflict') return row.version;
    throw error;
  }
}

async function clear(
  { userTable }: PasswordServices,
  { djangoUserId }: UserRow,
  version: string,
  verdict: SuspendVerdict,
  attempt: Attempt<Stage>,
): Promise<SuspendVerdict | 'moved'> {
  attempt.enter('clear');
  return (await userTable.clearPassword(djangoUserId, version)) ? verdict : 'moved';
}
