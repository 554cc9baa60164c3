import { rotateCredential, type RotateOutcome } from '../../client/temporal/index.ts';
import { ERRORS } from '../../contract/error-table.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { RotateReason } from '../../contract/messages.ts';
import { audited, openAuditTrail } from './audit-trail.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, readAuthor } from './author.ts';
import { DEADLINE_MS, readArguments, UsageError, wholeSeconds, type Command } from './command.ts';
import { openClient, readSettings } from './settings.ts';
import { because, done, failed, type Told } from './told.ts';

const REASONS: readonly RotateReason[] = ['scheduled', 'manual', 'repair', 'incident'];
const DEFAULT_WAIT_SECONDS = 60;

/** `rotate <user>` */
export const rotate: Command = {
  summary: 'Give the LibreChat account of a user a new password',
  help: `Usage: rotate <user> --why TEXT [--reason REASON] [--overwrite-unreadable] [--wait SECONDS]
              [--by NAME] [--audit-file FILE]

Gives the LibreChat account of a Django user a new password that nobody sees. <user> is the primary key of the row.

  --reason REASON          manual (default): now, whatever its age.
                           repair: only if the password of the row does not open the account.
                           incident: it may be known to somebody; old sessions must be seen to end too.
                           scheduled: as the schedule does.
  --overwrite-unreadable   Give up a password that opens under none of the keys. Only if its key is lost for ever.
  --wait SECONDS           How long to wait for the verdict; default ${DEFAULT_WAIT_SECONDS}, 0: only start.
${AUDIT_HELP}

Needs TEMPORAL_* (and LIBRECHAT_TASK_QUEUE, if the worker has it). Exits with 0 when row and LibreChat agree (or, with
--wait 0, when it was started), else with 1.`,

  async run(args, terminal) {
    const { values, given } = readArguments(args, ['user'], {
      reason: { type: 'string', default: 'manual' },
      'overwrite-unreadable': { type: 'boolean', default: false },
      wait: { type: 'string', default: String(DEFAULT_WAIT_SECONDS) },
      ...AUDIT_OPTIONS,
    });
    const user = parseDjangoUserId(given[0]);
    const reason = REASONS.find((known) => known === values.reason);
    if (reason === undefined) throw new UsageError(`--reason is one of ${REASONS.join(', ')}`);
    const author = readAuthor(terminal, values);
    const waitMs = wholeSeconds('wait', values.wait) * 1_000;
    const { LIBRECHAT_TASK_QUEUE: taskQueue } = readSettings(terminal, ['LIBRECHAT_TASK_QUEUE']);
    await using temporal = await openClient(terminal);
    await using trail = await openAuditTrail(terminal, author, values['audit-file']);
    const overwriteUnreadable = values['overwrite-unreadable'];
    const outcome = await audited(
      trail,
      { action: 'rotate', djangoUserId: user, reason, overwriteUnreadable },
      () =>
        rotateCredential(temporal.client, user, {
          reason,
          taskQueue,
          waitMs,
          deadlineMs: DEADLINE_MS,
          overwriteUnreadable,
        }),
      ({ outcome: result, ...details }) => ({ result, ...details }),
    );
    const { text, exit } = tell(outcome, waitMs);
    terminal.out(`User ${user}: ${text}`);
    return exit;
  },
};

/** What the verdict means, and what to do about it. */
function tell(outcome: RotateOutcome, waitMs: number): Told {
  switch (outcome.outcome) {
    case 'rotated':
      return done('rotated. Row and LibreChat have the new password.');
    case 'intact': {
      const but = outcome.code === undefined ? '' : ` But ${whyNot(outcome.code)}`;
      return done(`intact. The password of the row opens the account; nothing was changed.${but}`);
    }
    case 'overtaken':
      return done('overtaken. Somebody put a newer password into the row; LibreChat has it.');
    case 'unverified':
      return failed(
        `unverified. LibreChat has taken the new password, and could not be asked: ${whyNot(outcome.code)}`,
      );
    case 'not-due':
      return done('not due. Its password is new already; nothing was changed.');
    case 'gone':
      return failed(whyNot('UserNotFound'));
    case 'inactive':
      return failed(whyNot('UserInactive'));
    case 'failed':
      return failed(`failed. ${whyNot(outcome.code)}`);
    case 'started':
      return waitMs === 0
        ? done('started.')
        : failed('started, and still under way. Ask again, or look at it in Temporal.');
    case 'busy':
      return failed(
        `not started. ${outcome.openWorkflow} is open for this account. Try again, or wait longer with --wait.`,
      );
    case 'blocked':
      return failed(`not started. The user is not provisioned yet: ${whyNot(outcome.code)}`);
    case 'aborted':
      return failed(
        'aborted. Somebody ended the run, or it failed by a defect. Rotate again with --reason repair --why …',
      );
  }
}

/** Unlike a request for a session, a rotation does not start a provisioning. */
const whyNot = (code: ErrorCode | undefined): string =>
  code === 'NotProvisioned'
    ? `${code}: ${ERRORS[code].message}. Start provisionAccount for the user, as at a sign-up.`
    : because(code);
