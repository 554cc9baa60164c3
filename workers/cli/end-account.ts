import {
  deleteAccount as startDeletion,
  suspendAccount as startSuspension,
  type AccountOutcome,
  type EndOptions,
} from '../../client/temporal/index.ts';
import type { DeleteVerdict, SuspendVerdict } from '../../contract/endings.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { audited, openAuditTrail } from './audit-trail.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, readAuthor } from './author.ts';
import {
  DEADLINE_MS,
  readArguments,
  wholeSeconds,
  type Command,
  type ExitCode,
  type Terminal,
} from './command.ts';
import { openClient, readSettings } from './settings.ts';
import { tellEnd } from './tell-end.ts';

const DEFAULT_WAIT_SECONDS = 60;

const OPTIONS_HELP = `${AUDIT_HELP}
  --wait SECONDS      How long to wait for the verdict; default ${DEFAULT_WAIT_SECONDS}, 0: only start.

Needs TEMPORAL_* (and LIBRECHAT_TASK_QUEUE, if the worker has it).`;

/** `suspend <user>` */
export const suspend: Command = {
  summary: 'Shut a user who is inactive in Django out of LibreChat, now',
  help: `Usage: suspend <user> --why TEXT [--by NAME] [--audit-file FILE] [--wait SECONDS]

Shuts a user who is not active in Django out of LibreChat, and keeps the account with all its conversations: session and
password end, and nobody knows the new one. The sweep does so by itself: session and password end when bulk work has its
turn. Where it has begun already, this waits for that turn too. A user who is activated again gets the account back by a
provisioning.

${OPTIONS_HELP}
Exits with 0 when nobody can log in any more (or, with --wait 0, when it was started), else with 1.`,
  run: (args, terminal) => end('suspend', startSuspension, args, terminal),
};

/** `delete-account <user>` */
export const deleteAccount: Command = {
  summary: 'Delete the LibreChat account of a user who is inactive in Django',
  help: `Usage: delete-account <user> --why TEXT [--by NAME] [--audit-file FILE] [--wait SECONDS]

Deletes the LibreChat account of a user who is not active in Django, with all its conversations, for ever, and empties the
three columns of the row. To be done before Django deletes the row, which has the address and the password that it takes.
Where LibreChat does not let the account be deleted, its user is shut out instead. A row that is not linked owns only
what its password opens: where LibreChat knows its address and the password does not fit, it ends with AccountConflict, and
nothing is deleted.

${OPTIONS_HELP}
Exits with 0 when the row owns no account any more (or, with --wait 0, when it was started), else with 1.`,
  run: (args, terminal) => end('delete-account', startDeletion, args, terminal),
};

type Client = Parameters<typeof startSuspension>[0];

async function end(
  action: string,
  start: (
    client: Client,
    user: DjangoUserId,
    options: EndOptions,
  ) => Promise<AccountOutcome<SuspendVerdict | DeleteVerdict>>,
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const { values, given } = readArguments(args, ['user'], {
    ...AUDIT_OPTIONS,
    wait: { type: 'string', default: String(DEFAULT_WAIT_SECONDS) },
  });
  const user = parseDjangoUserId(given[0]);
  const author = readAuthor(terminal, values);
  const waitMs = wholeSeconds('wait', values.wait) * 1_000;
  const { LIBRECHAT_TASK_QUEUE: taskQueue } = readSettings(terminal, ['LIBRECHAT_TASK_QUEUE']);
  await using temporal = await openClient(terminal);
  await using trail = await openAuditTrail(terminal, author, values['audit-file']);
  const outcome = await audited(
    trail,
    { action, djangoUserId: user },
    () => start(temporal.client, user, { taskQueue, waitMs, deadlineMs: DEADLINE_MS }),
    ({ outcome: result, ...details }) => ({ result, ...details }),
  );
  const { text, exit } = tellEnd(outcome, waitMs);
  terminal.out(`User ${user}: ${text}`);
  return exit;
}
