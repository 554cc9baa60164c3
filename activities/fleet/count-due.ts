import type { DueRule, DueUser } from '../../contract/due.ts';
import type { DueCount, LeftOut } from '../../contract/fleet.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { isFarAhead } from '../credential-rules.ts';
import { isDue, mintedOf } from './due-users.ts';
import type { FleetTable, Minted } from './ports.ts';

/** Rows, and names, that are read at once. */
const PAGE = 5_000;
const NAMES = 500;
/** How many of the users that it leaves out a run names. */
const NAMED = 100;

/** A count that is done so soon after the start of its run (seconds) is not late. */
const PROMPT_SECONDS = 60;

/** What is to be counted. */
export interface DueQuestion {
  readonly rule: DueRule;
  /** Only among these. */
  readonly among?: readonly string[];
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * Counts the users who are due at the start of a run, and those whom it is meant for but leaves out.
 *
 * @param hold called before each page; throws to end it
 * @throws BridgeError `DatabaseUnavailable`
 */
export async function countDue(
  table: FleetTable,
  question: DueQuestion,
  hold: () => void,
): Promise<DueCount> {
  const { among, rule } = question;
  const counted =
    among === undefined ? await inTable(table, question, hold) : await inList(table, question, among, hold);
  const unreadable = await table.countUnreadable();
  if (among === undefined && rule.periodSeconds === 0)
    return { ...counted, unreadable, leftOut: await datedAhead(table, question, hold) };
  return { ...counted, unreadable };
}

type Counted = Pick<DueCount, 'due' | 'leftOut'>;
const NOBODY: LeftOut = { count: 0, named: [] };

async function inTable(table: FleetTable, question: DueQuestion, hold: () => void): Promise<Counted> {
  let due = 0;
  for (const future of [false, true])
    for await (const rows of pagesOf(table, mintedOf({ ...question, future }), hold))
      due += rows.filter((row) => isDue(row, question.rule, question.now)).length;
  return { due, leftOut: NOBODY };
}

/** A named user who is not due is not linked, not active, has no token, or has one that is dated after the start. */
async function inList(
  table: FleetTable,
  { rule, now }: DueQuestion,
  among: readonly string[],
  hold: () => void,
): Promise<Counted> {
  const due = new Set<string>();
  for (let from = 0; from < among.length; from += NAMES) {
    hold();
    const ages = await table.agesOf(among.slice(from, from + NAMES).map(parseDjangoUserId));
    for (const row of ages) if (isDue(row, rule, now)) due.add(row.djangoUserId);
  }
  const others = among.filter((user) => !due.has(user));
  return { due: due.size, leftOut: { count: others.length, named: others.slice(0, NAMED) } };
}

/**
 * Tokens of a clock that is ahead, by less than what counts as old. They may have been minted before the run; but their
 * successors have to be dated later still, so that rotating whatever is dated ahead would not come to an end.
 */
async function datedAhead(table: FleetTable, { rule, now }: DueQuestion, hold: () => void): Promise<LeftOut> {
  // A count that comes late cannot tell them from the passwords that were minted since: it names these too.
  const latest = Math.min(now, rule.startedAt + PROMPT_SECONDS);
  let count = 0;
  const named: string[] = [];
  for await (const rows of pagesOf(table, { after: Math.ceil(latest) }, hold)) {
    const ahead = rows.filter(({ mintedAt }) => !isFarAhead(mintedAt, now));
    count += ahead.length;
    named.push(...ahead.slice(0, NAMED - named.length).map(({ djangoUserId }) => djangoUserId));
  }
  return { count, named };
}

async function* pagesOf(
  table: FleetTable,
  minted: Minted,
  hold: () => void,
): AsyncGenerator<readonly DueUser[]> {
  for (let after: DueUser | null = null; ;) {
    hold();
    const rows: readonly DueUser[] = await table.page(minted, after, PAGE);
    yield rows;
    after = rows.at(-1) ?? null;
    if (rows.length < PAGE) return;
  }
}
