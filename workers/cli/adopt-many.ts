import { createAccountLinks, type AccountLinks } from '../../activities/adapters/account-links.ts';
import type { LinkedNow, WantedLink } from '../../activities/adapters/link-all.ts';
import { Secret } from '../../contract/secret.ts';
import { audited, openAuditTrail, type AuditTrail } from './audit-trail.ts';
import { AUDIT_OPTIONS, readAuthor } from './author.ts';
import { EXIT, readArguments, type ExitCode, type Terminal } from './command.ts';
import { readGivenFile } from './given-file.ts';
import { readLinkFile } from './link-file.ts';
import { readSettings } from './settings.ts';

/** How many one statement links: some 20 ms, in which nobody else can write these rows. */
const BATCH = 500;
/** How many are named: nobody reads more, and the counts say how many there are. */
const NAMED = 20;

type Counts = Readonly<Record<LinkedNow['result'], number>>;

/** `adopt --from FILE`: many links at once, from a file that makes sense as a whole. */
export async function adoptMany(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, [], {
    from: { type: 'string' },
    'dry-run': { type: 'boolean', default: false },
    ...AUDIT_OPTIONS,
  });
  const dryRun = values['dry-run'];
  const author = dryRun ? undefined : readAuthor(terminal, values);
  const { text, digest } = await readGivenFile('--from', values.from ?? '');
  const { links: wanted, bad } = readLinkFile(text);
  if (bad.length > 0) {
    for (const { line, problem } of bad.slice(0, NAMED)) terminal.note(`Line ${line}: ${problem}.`);
    terminal.note(`${bad.length} lines cannot be used. Nothing was changed.`);
    return EXIT.failed;
  }
  const settings = readSettings(terminal, ['DATABASE_URL', 'DJANGO_USER_TABLE']);
  const links = createAccountLinks({
    connectionString: new Secret(settings.DATABASE_URL),
    table: settings.DJANGO_USER_TABLE,
  });
  try {
    if (author === undefined) return tell(terminal, await linkAll(links, wanted, true), true);
    await using trail = await openAuditTrail(terminal, author, values['audit-file']);
    const action = { action: 'adopt', file: digest, lines: wanted.length };
    const results = await audited(
      trail,
      action,
      () => linkAll(links, wanted, false, trail),
      (all) => ({ result: 'done', ...countsOf(all) }),
    );
    return tell(terminal, results, false);
  } finally {
    await links.close();
  }
}

/**
 * Each row that is linked has a line of its own: one day somebody will ask who got which account. So has one that was linked
 * already, since its line may be missing: the command may have been killed between the two.
 */
async function linkAll(
  links: AccountLinks,
  wanted: readonly WantedLink[],
  dryRun: boolean,
  trail?: AuditTrail,
): Promise<readonly LinkedNow[]> {
  const results: LinkedNow[] = [];
  for (let from = 0; from < wanted.length; from += BATCH) {
    const batch = await links.adoptAll(wanted.slice(from, from + BATCH), { dryRun });
    results.push(...batch);
    for (const { user, accountId, result } of batch)
      if (result === 'linked' || result === 'unchanged')
        await trail?.record({ action: 'adopt', djangoUserId: user, accountId }, { result });
  }
  return results;
}

function tell({ out, note }: Terminal, results: readonly LinkedNow[], dryRun: boolean): ExitCode {
  const counts = countsOf(results);
  const problems = results.filter(({ result }) => result !== 'linked' && result !== 'unchanged');
  for (const problem of problems.slice(0, NAMED))
    note(`User ${problem.user}: ${PROBLEMS[problem.result](problem)}.`);
  if (problems.length > NAMED) note(`… and ${problems.length - NAMED} more.`);
  out(
    `${dryRun ? 'To be linked' : 'Linked'}: ${counts.linked}. Unchanged: ${counts.unchanged}. ` +
      `Conflicts: ${counts.owned + counts['other-account']}. Without a row: ${counts['no-row']}.`,
  );
  if (!dryRun && counts.linked > 0)
    out('They are in doubt until a login has proved them: the sweep provisions those who are active.');
  return problems.length === 0 ? EXIT.ok : EXIT.failed;
}

const PROBLEMS: Readonly<Record<LinkedNow['result'], (one: LinkedNow) => string>> = {
  linked: () => 'linked',
  unchanged: () => 'unchanged',
  'no-row': () => 'there is no such row',
  'other-account': ({ by }) => `the row is linked to account ${by ?? ''}; adopt it alone, if that is wrong`,
  owned: ({ accountId, by }) => `account ${accountId} belongs to user ${by ?? 'somebody else'}`,
};

function countsOf(results: readonly LinkedNow[]): Counts {
  const counts = { linked: 0, unchanged: 0, 'no-row': 0, 'other-account': 0, owned: 0 };
  for (const { result } of results) counts[result] += 1;
  return counts;
}
