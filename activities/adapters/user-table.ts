import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import type { SameAddress, UserRow, UserTable } from '../ports/user-table.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';
import { IS_TOKEN, LINKED, MINTED_AT } from './user-columns.ts';
import { rowWrites, type WriteRow } from './user-table-writes.ts';

/** The user table in PostgreSQL, and what only the start of a worker asks of it. */
export interface PostgresUserTable extends UserTable {
  /** The Fernet tokens with the latest times, whether or not they open. */
  newestSealedPasswords(limit: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

const COLUMNS = `id::text, email, is_active, first_name, last_name,
  nullif(librechat_user_id, '') AS librechat_user_id, librechat_synced_at,
  nullif(librechat_password_encrypted, '') AS librechat_password_encrypted, xmin::text AS version`;

interface StoredRow {
  readonly id: string;
  readonly email: string | null;
  readonly is_active: boolean;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly librechat_user_id: string | null;
  readonly librechat_synced_at: Date | null;
  readonly librechat_password_encrypted: string | null;
  /** The id of the transaction that wrote the row last. */
  readonly version: string;
}

/**
 * Django's user row in PostgreSQL. Needs the rights of `sql/role.sql`, and the indexes of `sql/indexes.sql` to be fast.
 *
 * @param options.table `table` or `schema.table`
 */
export function createUserTable(options: PostgresOptions & { readonly table: string }): PostgresUserTable {
  const table = quoteTable(options.table);
  const postgres = openPostgres(options);
  const write: WriteRow = async (assignments, where, values) => {
    const text = `UPDATE ${table} SET ${assignments} WHERE id = $1 AND ${where} RETURNING xmin::text AS version`;
    const [row] = await postgres.query<{ version: string }>(text, values);
    return row?.version ?? null;
  };
  return {
    async read(user) {
      const [row] = await postgres.queryByKey<StoredRow>(`SELECT ${COLUMNS} FROM ${table} WHERE id = $1`, [
        user,
      ]);
      return row === undefined ? null : toUserRow(row);
    },
    async othersWithAddress(row) {
      const others = await postgres.query<{ user: DjangoUserId; linked: boolean }>(
        `SELECT id::text AS "user", ${LINKED} AS linked FROM ${table}
         WHERE lower(btrim(email)) = lower(btrim($2)) AND id <> $1 AND (is_active OR ${LINKED})
         ORDER BY linked DESC, id LIMIT 10`,
        [row.djangoUserId, row.email],
      );
      return others.map(({ user, linked }): SameAddress => ({ djangoUserId: user, linked }));
    },
    ...rowWrites(write),
    async newestSealedPasswords(limit) {
      const rows = await postgres.query<{ sealed: string }>(
        `SELECT librechat_password_encrypted AS sealed FROM ${table} WHERE ${IS_TOKEN} ORDER BY ${MINTED_AT} DESC LIMIT $1`,
        [limit],
      );
      return rows.map(({ sealed }) => sealed);
    },
    close: () => postgres.close(),
  };
}

function toUserRow(row: StoredRow): UserRow {
  return {
    djangoUserId: row.id as DjangoUserId,
    email: row.email === null || row.email.trim() === '' ? null : row.email,
    active: row.is_active,
    firstName: row.first_name ?? '',
    lastName: row.last_name ?? '',
    accountId: row.librechat_user_id as AccountId | null,
    syncedAt: row.librechat_synced_at,
    sealedPassword: row.librechat_password_encrypted,
    version: row.version,
  };
}
