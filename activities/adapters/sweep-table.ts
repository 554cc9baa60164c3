import { parseDjangoUserId } from '../../contract/ids.ts';
import type { RowClass, SweepTable } from '../sweep/ports.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';

/** The user table in PostgreSQL, for the sweep. */
export interface PostgresSweepTable extends SweepTable {
  close(): Promise<void>;
}

/** As the indexes of `sql/indexes.sql` have it, to the letter: a partial index serves only what implies its predicate. */
const DUE: Readonly<Record<RowClass, string>> = {
  provision: `is_active AND (
    librechat_user_id IS NULL OR librechat_user_id = ''
    OR librechat_password_encrypted IS NULL OR librechat_password_encrypted = '')`,
  repair: `is_active AND librechat_synced_at IS NULL
    AND librechat_user_id IS NOT NULL AND librechat_user_id <> ''
    AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> ''`,
  suspend: `NOT is_active AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> ''`,
};

/**
 * The statement of a class and a range: $1 is the limit, then come the ends of the range. An end that is not given is left
 * out of the statement, so that the plan fits what is asked for.
 *
 * @param table quoted
 */
export function dueStatement(
  table: string,
  rows: RowClass,
  { after, upTo }: { readonly after: unknown; readonly upTo: unknown },
): string {
  const ends = [
    ...(after === null ? [] : ['> $2']),
    ...(upTo === null ? [] : [`<= $${after === null ? 2 : 3}`]),
  ].map((end) => ` AND id ${end}`);
  return `SELECT id::text AS "user" FROM ${table} WHERE ${DUE[rows]}${ends.join('')} ORDER BY ${table}.id LIMIT $1`;
}

/**
 * Looks for rows that are due, along the partial indexes. Needs the rights of `sql/role.sql`.
 *
 * @param options.table `table` or `schema.table`
 */
export function createSweepTable(options: PostgresOptions & { readonly table: string }): PostgresSweepTable {
  const table = quoteTable(options.table);
  const postgres = openPostgres(options);
  return {
    async due(rows, range, limit) {
      const ends = [range.after, range.upTo].filter((end) => end !== null);
      const found = await postgres.queryByKey<{ user: string }>(dueStatement(table, rows, range), [
        limit,
        ...ends,
      ]);
      return found.map(({ user }) => parseDjangoUserId(user));
    },
    close: () => postgres.close(),
  };
}
