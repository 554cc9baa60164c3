import type { UserDatabase } from '../../tools/database/user-database.ts';

/** Fernet's version, then a time: what begins like this is of the year 2025, whatever follows. */
const TOKEN = 'gAAAAABpAAAAAAAA';

/** Adds 20,000 active users for whom nothing is to be done, with the ids from 1 on: the table has some hundred pages. */
export async function addManyRows({ owner }: UserDatabase): Promise<void> {
  await owner.query(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
       date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
     SELECT '!', false, 'many' || n, '', '', 'many' || n || '@example.com', false, true, now(),
       lpad(to_hex(n), 24, '0'), now(), '${TOKEN}' FROM generate_series(1, 20000) AS n`,
  );
  await owner.query('VACUUM ANALYZE users_user');
}

/** What PostgreSQL does for a statement, line by line, with what the options ask for. */
export async function planOf(
  { owner }: UserDatabase,
  options: string,
  { text, values }: { readonly text: string; readonly values: readonly unknown[] },
): Promise<string> {
  const { rows } = await owner.query<{ 'QUERY PLAN': string }>(
    `EXPLAIN (ANALYZE, COSTS OFF, ${options}) ${text}`,
    [...values],
  );
  return rows.map((line) => line['QUERY PLAN']).join('\n');
}
