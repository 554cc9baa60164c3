import { Client } from 'pg';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';

/** A user table in which nothing is left to do, and a connection to it as the worker's. */
export interface FilledTable extends AsyncDisposable {
  readonly users: number;
  readonly database: UserDatabase;
  /** As the worker's role, warm. */
  readonly connection: Client;
}

/** Passwords are as old as this at most (s): the daily run has seen to those that were older. */
const OLDEST_S = 31 * 86_400;

/**
 * A Fernet token as long as the worker's own: version, time, and bytes that look as if they were sealed. It opens under no
 * key, which nobody does here.
 */
const TOKEN = `translate(replace(encode(decode(
    '80' || lpad(to_hex(extract(epoch FROM now())::bigint - (n::bigint * 7919) % ${OLDEST_S}), 16, '0')
    || md5(n::text) || md5('a' || n) || md5('b' || n) || md5('c' || n) || md5('d' || n) || md5('e' || n),
    'hex'), 'base64'), E'\\n', ''), '+/', '-_')`;

/**
 * Makes a table with so many users: active, linked, with a password, and agreeing with LibreChat. One in ten was
 * deactivated and suspended.
 */
export async function fillTable(superuserUrl: string, users: number): Promise<FilledTable> {
  const database = await createUserDatabase(superuserUrl, { trigger: false });
  await database.owner.query(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
       date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
     SELECT 'pbkdf2_sha256$1000000$' || md5(n::text) || '$' || md5('p' || n), false, 'user' || n, 'Ada', 'Lovelace',
       'user' || n || '@example.com', false, n % 10 <> 0, now(), lpad(to_hex(n), 24, '0'), now(),
       CASE WHEN n % 10 <> 0 THEN ${TOKEN} END
     FROM generate_series(1, $1::int) AS n`,
    [users],
  );
  // As autovacuum leaves a table that is not being imported into.
  await database.owner.query('VACUUM ANALYZE users_user');
  const connection = new Client({ connectionString: database.workerUrl });
  await connection.connect();
  return {
    users,
    database,
    connection,
    async [Symbol.asyncDispose]() {
      await connection.end();
      await database[Symbol.asyncDispose]();
    },
  };
}
