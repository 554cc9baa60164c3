import type { AccountOutcome } from '../../client/temporal/index.ts';
import type { DeleteVerdict, SuspendVerdict } from '../../contract/endings.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { because, done, failed, type Told } from './told.ts';

/** How the end of an account went, and what to do about it. */
export function tellEnd(outcome: AccountOutcome<SuspendVerdict | DeleteVerdict>, waitMs: number): Told {
  switch (outcome.outcome) {
    case 'suspended':
      return outcome.code === undefined
        ? done('suspended. LibreChat has a password that nobody knows, and the row has none.')
        : failed(`not deleted, but shut out. ${because(outcome.code)}`);
    case 'cleared':
      return failed(
        `the row has no password any more, but LibreChat’s could not be changed. ${because(outcome.code)}`,
      );
    case 'deleted':
      return tellDeleted(outcome.code);
    case 'nothing':
      return done('nothing to take away. The row owns no account.');
    case 'active':
      return failed(because('UserActive'));
    case 'gone':
      return failed(because('UserNotFound'));
    case 'failed':
      return failed(`failed. ${because(outcome.code)}`);
    case 'started':
      return waitMs === 0
        ? done('started.')
        : failed('started, and still under way. Ask again, or look at it in Temporal.');
    case 'busy':
      return failed(
        `not started. ${outcome.openWorkflow} is open for this account. Try again, or wait longer with --wait.`,
      );
    case 'blocked':
      return failed(`not started. A provisioning is blocked, and tries again now: ${because(outcome.code)}`);
    case 'aborted':
      return failed('aborted. Somebody ended the run, or it failed by a defect. Try again.');
  }
}

/** LibreChat does not say what became of an account that it does not know: an operator has to. */
function tellDeleted(code: ErrorCode | undefined): Told {
  if (code === undefined) return done('deleted. LibreChat has no account, and the row no credential.');
  return done(
    'deleted. LibreChat knew nobody under the address of the row, and the row has no credential any more. If the address ' +
      'was changed in Django after the last login, the account is still there under the old one: orphans lists it.',
  );
}
