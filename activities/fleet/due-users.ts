import { dueBefore, latestDueBefore, shardOf, type DueRule, type DueUser } from '../../contract/due.ts';
import { FAR_AHEAD_SECONDS, isFarAhead } from '../credential-rules.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { FleetTable, Minted } from './ports.ts';

/** Rows that are read at once, and rows that one step reads at most, before it says how far it has come. */
const CHUNK = 500;
const MAX_ROWS = 5_000;

/** Part of the users whose password is due. */
export interface DueSearch {
  readonly rule: DueRule;
  readonly shard: number;
  readonly shards: number;
  readonly after: DueUser | null;
  readonly future: boolean;
  readonly limit: number;
  /** Seconds since 1970. A run may last for days, so what is far ahead does not depend on its start. */
  readonly now: number;
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
      if (isDueInShard(row, search)) users.push(row);
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
      return row !== undefined && isDueInShard(row, search) ? [row] : [];
    }),
    after: last === undefined ? search.after : { djangoUserId: last, mintedAt: 0 },
    exhausted: from + search.limit >= among.length,
  };
}

/** Which tokens the pages of a phase are about. */
export function mintedOf({ rule, future, now }: Pick<DueSearch, 'rule' | 'future' | 'now'>): Minted {
  return future ? { after: Math.floor(now) + FAR_AHEAD_SECONDS } : { before: latestDueBefore(rule) };
}

/** Whether a password is due at all, whoever's shard it is in. @param now seconds since 1970 */
export const isDue = ({ djangoUserId, mintedAt }: DueUser, rule: DueRule, now: number): boolean =>
  mintedAt < dueBefore(rule, djangoUserId) || isFarAhead(mintedAt, now);

const isDueInShard = (
  row: DueUser,
  { rule, shard, shards, now }: Pick<DueSearch, 'rule' | 'shard' | 'shards' | 'now'>,
): boolean => isDue(row, rule, now) && shardOf(row.djangoUserId, shards) === shard;
