import { dueBefore, latestDueBefore, shardOf, type DuePlan, type DueUser } from '../../contract/fleet.ts';
import { isFarAhead } from '../credential-rules.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { FleetTable, Minted } from './ports.ts';

/** Rows that are read at once, and rows that one step reads at most, before it says how far it has come. */
const CHUNK = 500;
const MAX_ROWS = 5_000;

/** A token dated further ahead than this (seconds) was sealed by a wrong clock: it counts as old. */
const DAY_SECONDS = 86_400;

/** Part of the users whose password is due. */
export interface DueSearch {
  readonly plan: DuePlan;
  readonly shard: number;
  readonly shards: number;
  readonly after: DueUser | null;
  readonly future: boolean;
  readonly limit: number;
}

/** What was found, and where to go on. */
export interface Found {
  readonly users: readonly DueUser[];
  readonly after: DueUser | null;
  readonly exhausted: boolean;
}

/**
 * The next due users of a shard. The table orders by age and knows neither the spread nor the shards: those are decided
 * here, by the same functions as everywhere.
 */
export async function findInTable(table: FleetTable, search: DueSearch): Promise<Found> {
  const minted = mintedOf(search);
  const users: DueUser[] = [];
  let { after } = search;
  for (let read = 0; read < MAX_ROWS; read += CHUNK) {
    const rows = await table.page(minted, after, CHUNK);
    for (const row of rows) {
      if (isDue(row, search)) users.push(row);
      after = row;
      if (users.length === search.limit) return { users, after, exhausted: false };
    }
    if (rows.length < CHUNK) return { users, after, exhausted: true };
  }
  return { users, after, exhausted: false };
}

/** The same among users that were named, in the order of the list. */
export async function findInList(
  table: FleetTable,
  search: DueSearch,
  among: readonly string[],
): Promise<Found> {
  const from = search.after === null ? 0 : among.indexOf(search.after.djangoUserId) + 1;
  const named = among.slice(from, from + search.limit);
  const ages = await table.agesOf(named.map(parseDjangoUserId));
  const ageOf = new Map(ages.map((row) => [row.djangoUserId, row]));
  const last = named.at(-1);
  return {
    users: named.flatMap((user) => {
      const row = ageOf.get(user);
      return row !== undefined && isDue(row, search) ? [row] : [];
    }),
    after: last === undefined ? search.after : { djangoUserId: last, mintedAt: 0 },
    exhausted: from + search.limit >= among.length,
  };
}

/** Counts them all, page by page. @param hold called before each page; throws to end it */
export async function countInTable(table: FleetTable, plan: DuePlan, hold: () => void): Promise<number> {
  let count = 0;
  for (const future of [false, true]) {
    const search = { plan, future, shard: 0, shards: 1 };
    for (let after: DueUser | null = null; ;) {
      hold();
      const rows: readonly DueUser[] = await table.page(mintedOf(search), after, MAX_ROWS);
      count += rows.filter((row) => isDue(row, search)).length;
      after = rows.at(-1) ?? null;
      if (rows.length < MAX_ROWS) break;
    }
  }
  return count;
}

/** Whether a password is due at all, whoever's shard it is in. */
export const isOverdue = ({ djangoUserId, mintedAt }: DueUser, plan: DuePlan): boolean =>
  mintedAt < dueBefore(plan, djangoUserId) || isFarAhead(mintedAt, plan.startedAt);

function mintedOf({ plan, future }: Pick<DueSearch, 'plan' | 'future'>): Minted {
  return future ? { after: plan.startedAt + DAY_SECONDS } : { before: latestDueBefore(plan) };
}

function isDue(row: DueUser, { plan, shard, shards }: Pick<DueSearch, 'plan' | 'shard' | 'shards'>): boolean {
  return isOverdue(row, plan) && shardOf(row.djangoUserId, shards) === shard;
}
