import { parseDjangoUserId } from '../../contract/ids.ts';
import type { CredentialColumn } from '../rewrap/ports.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';

/** The password column in PostgreSQL. */
export interface PostgresCredentialColumn extends CredentialColumn {
  close(): Promise<void>;
}

const COLUMN = 'librechat_password_encrypted';
const FILLED = `${COLUMN} IS NOT NULL AND ${COLUMN} <> ''`;

/**
 * The password column of Django's user table, page by page along the primary key. Needs the rights of `sql/role.sql`.
 *
 * @param options.table `table` or `schema.table`
 */
export function createCredentialColumn(
  options: PostgresOptions & { readonly table: string },
): PostgresCredentialColumn {
  const table = quoteTable(options.table);
  const postgres = openPostgres(options);
  return {
    async page(after, limit) {
      const where = after === null ? FILLED : `${FILLED} AND id > $2`;
      const rows = await postgres.query<{ id: string; sealed: string }>(
        `SELECT id::text, ${COLUMN} AS sealed FROM ${table} WHERE ${where} ORDER BY ${table}.id LIMIT $1`,
        after === null ? [limit] : [limit, after],
      );
      return rows.map(({ id, sealed }) => ({ djangoUserId: parseDjangoUserId(id), sealed }));
    },
    async sealedOf(user) {
      const [row] = await postgres.query<{ sealed: string }>(
        `SELECT ${COLUMN} AS sealed FROM ${table} WHERE id = $1 AND ${FILLED}`,
        [user],
      );
      return row?.sealed ?? null;
    },
    async replaceSealed(user, expectedDigest, sealed) {
      const rows = await postgres.query(
        `UPDATE ${table} SET ${COLUMN} = $3
         WHERE id = $1 AND encode(sha256(convert_to(${COLUMN}, 'UTF8')), 'hex') = $2 RETURNING 1`,
        [user, expectedDigest, sealed],
      );
      return rows.length === 1;
    },
    close: () => postgres.close(),
  };
}
