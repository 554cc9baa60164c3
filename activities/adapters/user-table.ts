import { DatabaseError, Pool, type PoolConfig } from 'pg';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId, type AccountId, type DjangoUserId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import type { SameAddress, UserRow, UserTable } from '../ports.ts';
import { quoteTable } from './sql-identifiers.ts';

/** How to reach the user table. */
export interface UserTableOptions {
  readonly connectionString: Secret;
  /** `table` or `schema.table`. */
  readonly table: string;
  readonly poolSize?: number;
  /** Hears of connections that broke while idle. */
  readonly onIdleError?: () => void;
}

/**
 * Time-outs of design section 4.8. Those that count are the server's: a client that stops waiting leaves the statement
 * running. `query_timeout` is for a server that no longer answers at all.
 */
const TIMEOUTS: PoolConfig = {
  connectionTimeoutMillis: 2_000,
  statement_timeout: 3_000,
  lock_timeout: 2_000,
  query_timeout: 5_000,
};

const UNIQUE_VIOLATION = '23505';
/** The id is no value of the column's type (a UUID for a bigint column), so no row can have it. */
const NO_SUCH_VALUE = new Set(['22P02', '22003']);

const DIGEST = `encode(sha256(convert_to(librechat_password_encrypted, 'UTF8')), 'hex')`;
const COLUMNS = `id::text, email, is_active, first_name, last_name,
  nullif(librechat_user_id, '') AS librechat_user_id, librechat_synced_at,
  nullif(librechat_password_encrypted, '') AS librechat_password_encrypted`;

/** LibreChat does not have the new password yet: a linked row is in doubt from this very statement on. */
const NEW_PASSWORD = 'librechat_password_encrypted = $2, librechat_synced_at = NULL';

interface StoredRow {
  readonly id: string;
  readonly email: string | null;
  readonly is_active: boolean;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly librechat_user_id: string | null;
  readonly librechat_synced_at: Date | null;
  readonly librechat_password_encrypted: string | null;
}

/** Django's user row in PostgreSQL. Needs the rights of `sql/role.sql`, and the indexes of `sql/indexes.sql` to be fast. */
export function createUserTable(options: UserTableOptions): UserTable & { close(): Promise<void> } {
  const table = quoteTable(options.table);
  const pool = new Pool({
    connectionString: options.connectionString.reveal(),
    max: options.poolSize ?? 10,
    keepAlive: true,
    ...TIMEOUTS,
  });
  pool.on('error', () => options.onIdleError?.());

  async function query<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    try {
      return (await pool.query<Row>(text, [...values])).rows;
    } catch (error) {
      if (error instanceof DatabaseError && NO_SUCH_VALUE.has(error.code ?? '')) return [];
      throw databaseError(error);
    }
  }
  const update = async (assignments: string, where: string, values: readonly unknown[]): Promise<boolean> =>
    (await query(`UPDATE ${table} SET ${assignments} WHERE id = $1 AND ${where} RETURNING 1`, values)).length === 1;

  return {
    async read(user) {
      const [row] = await query<StoredRow>(`SELECT ${COLUMNS} FROM ${table} WHERE id = $1`, [user]);
      return row === undefined ? null : toUserRow(row);
    },
    async othersWithAddress(row) {
      const others = await query<{ id: string; linked: boolean }>(
        `SELECT id::text, (librechat_user_id IS NOT NULL AND librechat_user_id <> '') AS linked FROM ${table}
         WHERE lower(btrim(email)) = lower(btrim($2)) AND id <> $1
           AND (is_active OR (librechat_user_id IS NOT NULL AND librechat_user_id <> ''))
         ORDER BY linked DESC, id LIMIT 10`,
        [row.djangoUserId, row.email],
      );
      return others.map(({ id, linked }): SameAddress => ({ djangoUserId: parseDjangoUserId(id), linked }));
    },
    replacePassword: (user, expected, sealed) =>
      expected === null
        ? update(NEW_PASSWORD, `coalesce(librechat_password_encrypted, '') = ''`, [user, sealed])
        : update(NEW_PASSWORD, `${DIGEST} = $3`, [user, sealed, expected]),
    link: (user, accountId, digest) =>
      update(
        'librechat_user_id = $2, librechat_synced_at = now()',
        `is_active AND ${DIGEST} = $3 AND coalesce(librechat_user_id, '') IN ('', $2)`,
        [user, accountId, digest],
      ),
    confirm: (user, accountId, digest) =>
      update('librechat_synced_at = now()', `is_active AND ${DIGEST} = $3 AND librechat_user_id = $2`, [
        user,
        accountId,
        digest,
      ]),
    markInDoubt: (user, accountId, digest) =>
      update('librechat_synced_at = NULL', `is_active AND ${DIGEST} = $3 AND librechat_user_id = $2`, [
        user,
        accountId,
        digest,
      ]),
    close: () => pool.end(),
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
  };
}

/** Of PostgreSQL's errors only the SQLSTATE leaves this file: message, detail and where hold values of the row. */
function databaseError(error: unknown): BridgeError {
  if (!(error instanceof DatabaseError)) return new BridgeError('DatabaseUnavailable');
  if (error.code === UNIQUE_VIOLATION) {
    return new BridgeError('AccountConflict', { detail: 'another row is linked to the same LibreChat account' });
  }
  return new BridgeError('DatabaseUnavailable', { detail: `SQLSTATE ${error.code ?? 'unknown'}` });
}
