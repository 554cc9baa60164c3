import type { DueUser } from '../../contract/due.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { FleetTable, Minted } from '../fleet/ports.ts';
import { halvedWhereRefused, isNoSuchValue, openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';
import { FILLED, IS_TOKEN, LINKED, MINTED_AT } from './user-columns.ts';

const COLUMNS = `id::text, ${MINTED_AT} AS minted_at`;
const OF_THE_FLEET = `is_active AND ${LINKED} AND ${IS_TOKEN}`;

interface AgeRow {
  readonly id: string;
  /** PostgreSQL's bigint comes as text. */
  readonly minted_at: string;
}

/** The fleet in PostgreSQL, on connections of its own. */
export interface PostgresFleetTable extends FleetTable {
  close(): Promise<void>;
}

/** A page takes a millisecond, so that two shards at a time are enough. */
const CONNECTIONS = 2;

/**
 * Needs the rights of `sql/role.sql`, and the indexes of `sql/indexes.sql`, by which the cost of a
 * page follows what is due and not how many users there are.
 *
 * @param options.table `table` or `schema.table`
 */
export function createFleetTable(options: PostgresOptions & { readonly table: string }): PostgresFleetTable {
  const postgres = openPostgres({ poolSize: CONNECTIONS, ...options });
  const from = `FROM ${quoteTable(options.table)}`;
  return {
    async page(minted, after, limit) {
      const { text, values } = pageStatement(quoteTable(options.table), minted, after, limit);
      return (await postgres.query<AgeRow>(text, values)).map(toDueUser);
    },
    async agesOf(users) {
      const text = `SELECT ${COLUMNS} ${from} WHERE ${OF_THE_FLEET} AND id = ANY($1)`;
      const rows = await halvedWhereRefused(
        users,
        (some) => postgres.query<AgeRow>(text, [some]),
        (_user, error) => {
          if (!isNoSuchValue(error)) throw error;
          return [];
        },
      );
      return rows.map(toDueUser);
    },
    async countUnreadable() {
      const [row] = await postgres.query<{ count: string }>(
        `SELECT count(*) ${from} WHERE is_active AND ${LINKED} AND ${FILLED} AND NOT ${IS_TOKEN}`,
        [],
      );
      return Number(row?.count ?? 0);
    },
    close: () => postgres.close(),
  };
}

/** The statement behind {@link FleetTable.page}. @param table quoted */
export function pageStatement(
  table: string,
  minted: Minted,
  after: DueUser | null,
  limit: number,
): { readonly text: string; readonly values: readonly unknown[] } {
  const [bound, time] = 'before' in minted ? ['<', minted.before] : ['>', minted.after];
  const onward = after === null ? '' : `AND (${MINTED_AT}, users.id) > ($3, $4)`;
  return {
    text: `SELECT ${COLUMNS} FROM ${table} AS users WHERE ${OF_THE_FLEET} AND ${MINTED_AT} ${bound} $1 ${onward}
      ORDER BY ${MINTED_AT}, users.id LIMIT $2`,
    values: [time, limit, ...(after === null ? [] : [after.mintedAt, after.djangoUserId])],
  };
}

const toDueUser = ({ id, minted_at: mintedAt }: AgeRow): DueUser => ({
  djangoUserId: parseDjangoUserId(id),
  mintedAt: Number(mintedAt),
});
