import type { Client } from '@temporalio/client';
import { createAccountLinks } from '../../activities/adapters/account-links.ts';
import { provisionAccount } from '../../client/temporal/index.ts';
import { searchAttribute } from '../../client/temporal/visibility.ts';
import { startOrJoin } from '../../client/temporal/start-or-join.ts';
import { describeError, isErrorCode } from '../../contract/errors.ts';
import {
  accountWorkflowId,
  parseAccountId,
  parseDjangoUserId,
  type AccountId,
  type DjangoUserId,
} from '../../contract/ids.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { Secret } from '../../contract/secret.ts';
import { adoptMany } from './adopt-many.ts';
import { audited, openAuditTrail } from './audit-trail.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, readAuthor } from './author.ts';
import { DEADLINE_MS, readArguments, UsageError, wholeSeconds, type Command } from './command.ts';
import { openClient, readSettings } from './settings.ts';
import { because, done, failed, type Told } from './told.ts';

const DEFAULT_WAIT_SECONDS = 15;
/** How many runs are followed: one that was blocked, the one after it, and one to spare. */
const MAX_RUNS = 3;

/** `adopt <user> <accountId>` */
export const adopt: Command = {
  summary: 'Link a user, or many, to LibreChat accounts that were there before',
  help: `Usage: adopt <user> <accountId> --why TEXT [--by NAME] [--audit-file FILE] [--wait SECONDS]
       adopt --from FILE --why TEXT [--by NAME] [--audit-file FILE]
       adopt --from FILE --dry-run

Writes the id of an existing LibreChat account into the row of a Django user, then has the user provisioned: the account
gets the password of the row, if LibreChat says that the user's address belongs to that very account. Whoever may write
this column decides who gets an account, so it is done by your own access to the database, and recorded.

  --from FILE         Many at once, from lines "django_user_id,account_id" (with or without that header). A file with one
                      bad line changes nothing. Rows that have another account, and accounts that have another row, are
                      named and left alone; rows that are linked already are unchanged, so it may be run again. It only
                      writes the rows: the sweep provisions them, as fast as LibreChat's limits allow.
  --dry-run           With --from: count and name the conflicts, and change nothing.

${AUDIT_HELP}
  --wait SECONDS      How long to wait for the provisioning; default ${DEFAULT_WAIT_SECONDS}.

Needs DATABASE_URL (or DATABASE_URL_FILE) with rights to read and write the column, DJANGO_USER_TABLE and, without --from,
TEMPORAL_* (and LIBRECHAT_TASK_QUEUE, if the worker has it).`,

  async run(args, terminal) {
    if (args.some((arg) => arg === '--from' || arg.startsWith('--from='))) return adoptMany(args, terminal);
    const { values, given } = readArguments(args, ['user', 'accountId'], {
      ...AUDIT_OPTIONS,
      wait: { type: 'string', default: String(DEFAULT_WAIT_SECONDS) },
    });
    const user = parseDjangoUserId(given[0]);
    const accountId = readAccountId(given[1]);
    const author = readAuthor(terminal, values);
    const waitMs = wholeSeconds('wait', values.wait) * 1_000;
    const settings = readSettings(terminal, ['DATABASE_URL', 'DJANGO_USER_TABLE', 'LIBRECHAT_TASK_QUEUE']);
    // Everything that can be missing is looked for before the row is written.
    await using temporal = await openClient(terminal);
    await using trail = await openAuditTrail(terminal, author, values['audit-file']);
    const links = createAccountLinks({
      connectionString: new Secret(settings.DATABASE_URL),
      table: settings.DJANGO_USER_TABLE,
    });
    try {
      await audited(
        trail,
        { action: 'adopt', djangoUserId: user, accountId },
        () => links.adopt(user, accountId),
        (before) => ({ result: 'done', accountIdBefore: before }),
      );
    } finally {
      await links.close();
    }
    terminal.out(`User ${user}: linked to the account, and in doubt until a login has proved it.`);
    const provisioned = await provision(temporal.client, user, settings.LIBRECHAT_TASK_QUEUE, waitMs);
    terminal.out(`User ${user}: ${provisioned.text}`);
    return provisioned.exit;
  },
};

function readAccountId(text: string | undefined): AccountId {
  try {
    return parseAccountId(text);
  } catch {
    throw new UsageError('<accountId> is not 24 lower-case hexadecimal digits');
  }
}

/** A blocked provisioning tries again now; where something else is open, its end is awaited and one is started. */
async function provision(
  client: Client,
  user: DjangoUserId,
  taskQueue: string,
  waitMs: number,
): Promise<Told> {
  await provisionAccount(client, user, { changed: true, taskQueue, deadlineMs: DEADLINE_MS });
  const outcome = await endOfProvisioning(client, user, taskQueue, waitMs);
  switch (outcome.outcome) {
    case 'provisioned':
    case 'already':
      return done(`${outcome.outcome}.`);
    case 'gone':
      return failed(because('UserNotFound'));
    case 'inactive':
      return done(describeError('UserInactive'));
    case 'busy':
      return failed(`${outcome.openWorkflow} is still open. Adopt again when it has ended.`);
    case 'blocked':
      return failed(`is not provisioned yet. ${because(outcome.code)}`);
    case 'started':
    case 'aborted':
      return tellUnseen(client, user);
  }
}

/** Its end was not seen: the run itself says whether something blocks it. */
async function tellUnseen(client: Client, user: DjangoUserId): Promise<Told> {
  const run = await client.workflow.getHandle(accountWorkflowId(user)).describe();
  const code = searchAttribute(run, SEARCH_ATTRIBUTES.reason);
  return isErrorCode(code)
    ? failed(`is not provisioned yet. ${because(code)}`)
    : done('is being provisioned. Look at it in Temporal.');
}

/** A provisioning that was blocked goes on as another run, so the first one that ends need not be the last. */
async function endOfProvisioning(client: Client, user: DjangoUserId, taskQueue: string, waitMs: number) {
  const waitUntil = performance.now() + waitMs;
  for (let run = 1; ; run++) {
    const outcome = await startOrJoin(client, {
      type: 'provisionAccount',
      user,
      input: { djangoUserId: user },
      memo: { reason: 'adopt', requestedAt: new Date().toISOString() },
      taskQueue,
      waitMs: Math.max(0, waitUntil - performance.now()),
      deadlineMs: DEADLINE_MS,
    });
    if (outcome.outcome !== 'aborted' || run === MAX_RUNS) return outcome;
  }
}
