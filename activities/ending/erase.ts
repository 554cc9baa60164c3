import type { DeleteVerdict } from '../../contract/endings.ts';
import { BridgeError, type ErrorCode } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { ADMIN } from '../admin-guard.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import type { AccountSession } from '../ports/librechat.ts';
import type { UserRow } from '../ports/user-table.ts';
import { openToErase } from './open-to-erase.ts';
import { MAX_ROUNDS, type EndingServices, type Stage } from './services.ts';
import { shutOut } from './shut-out.ts';

/**
 * Deletes the LibreChat account of an inactive user with everything in it, and empties the row. Every part is safe to repeat:
 *
 *   open     a session: with the password of the row, else with one that is set by a link and kept nowhere
 *   delete   what LibreChat says is gone stays gone, so the row forgets that account, whoever has written it meanwhile
 *
 * Where LibreChat does not let the account be deleted, its user is shut out.
 *
 * @throws BridgeError transient ones only, after which it is to be repeated
 */
export async function erase(
  services: EndingServices,
  user: DjangoUserId,
  attempt: Attempt<Stage>,
): Promise<DeleteVerdict> {
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      attempt.enter('open');
      const row = await services.userTable.read(user);
      if (row === null) return { outcome: 'gone' };
      if (row.active) return { outcome: 'active', code: 'UserActive' };
      const verdict = await eraseAccountOf(services, row, attempt);
      if (verdict !== 'moved') return verdict;
    }
  } catch (error) {
    if (!(error instanceof BridgeError) || error.transient) throw error;
    return { outcome: 'failed', code: error.code };
  }
  throw new BridgeError('Drift', { detail: 'the row is being written by somebody else' });
}

async function eraseAccountOf(
  services: EndingServices,
  row: UserRow,
  attempt: Attempt<Stage>,
): Promise<DeleteVerdict | 'moved'> {
  const { userTable } = services;
  const user = row.djangoUserId;
  const opened = await openToErase(services, row, attempt);
  switch (opened.kind) {
    case 'session':
      return deleteAccount(services, user, opened.session, attempt);
    case 'moved':
      return 'moved';
    case 'two-factor':
      return shutOutInstead(services, user, 'TwoFactorEnabled', attempt);
    case 'missing':
      attempt.enter('clear');
      // It may be there under another address, so only what was read is forgotten.
      return (await userTable.forgetAccount(user, opened.accountId, row.version))
        ? { outcome: 'deleted', code: 'AccountMissing' }
        : 'moved';
    case 'none': {
      attempt.enter('clear');
      const isEmpty = row.sealedPassword === null || (await userTable.clearPassword(user, row.version));
      return isEmpty ? { outcome: 'nothing' } : 'moved';
    }
  }
}

async function deleteAccount(
  services: EndingServices,
  user: DjangoUserId,
  session: AccountSession,
  attempt: Attempt<Stage>,
): Promise<DeleteVerdict | 'moved'> {
  const { libreChat, libreChatAdmin, userTable, adminGuard } = services;
  attempt.enter('delete');
  const outcome = await libreChatAdmin.deleteAccount(session);
  if (outcome === 'deleted' || outcome === 'gone') {
    if (session.role === ADMIN) adminGuard.forget();
    await userTable.forgetAccount(user, session.accountId);
    return { outcome: 'deleted' };
  }
  await endSession(libreChat, session);
  if (outcome === 'refused') return 'moved';
  const code = outcome === 'forbidden' ? 'DeletionForbidden' : 'TwoFactorEnabled';
  return shutOutInstead(services, user, code, attempt);
}

async function shutOutInstead(
  services: EndingServices,
  user: DjangoUserId,
  code: ErrorCode,
  attempt: Attempt<Stage>,
): Promise<DeleteVerdict> {
  const { outcome } = await shutOut(services, user, attempt);
  switch (outcome) {
    case 'gone':
      return { outcome };
    case 'active':
      return { outcome, code: 'UserActive' };
    case 'suspended':
    case 'cleared':
    case 'nothing':
      return { outcome: 'suspended', code };
  }
}
