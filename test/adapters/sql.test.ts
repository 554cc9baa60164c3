import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Pool } from 'pg';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { createUserTable } from '../../activities/adapters/user-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { paragraphsOf, renderSql } from '../../sql/render.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { newKey } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { postgresUrl } from '../setup/parts.ts';

let database: UserDatabase;
let worker: Pool;

beforeAll(async () => {
  database = await createUserDatabase(postgresUrl());
  worker = new Pool({ connectionString: database.workerUrl, max: 2 });
});
afterAll(async () => {
  await worker.end();
  await database[Symbol.asyncDispose]();
});

/** SQLSTATE of a statement that PostgreSQL refuses. */
const refusal = (statement: string): Promise<unknown> =>
  worker.query(statement).then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code,
  );
const NO_RIGHT = '42501';

describe('the role', () => {
  const READS = new Set(['id', 'email', 'is_active', 'first_name', 'last_name']);
  const WRITES = new Set(['librechat_user_id', 'librechat_synced_at', 'librechat_password_encrypted']);

  test('may read eight columns and write three of them, and nothing else', async () => {
    const { rows } = await database.owner.query<{ name: string }>(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = 'users_user'::regclass AND attnum > 0`,
    );
    expect(rows.length).toBeGreaterThan(8);
    for (const { name } of rows) {
      const readable = READS.has(name) || WRITES.has(name);
      const writable = WRITES.has(name);
      const read = await refusal(`SELECT "${name}" FROM users_user LIMIT 1`);
      const write = await refusal(`UPDATE users_user SET "${name}" = NULL WHERE false`);
      expect({ name, read, write }).toEqual({
        name,
        read: readable ? 'done' : NO_RIGHT,
        write: writable ? 'done' : NO_RIGHT,
      });
    }
  });

  test.each([
    'SELECT * FROM users_user',
    'SELECT count(*) FROM users_user WHERE is_superuser',
    'INSERT INTO users_user DEFAULT VALUES',
    'DELETE FROM users_user',
    'TRUNCATE users_user',
    'ALTER TABLE users_user DISABLE TRIGGER ALL',
    'DROP INDEX librechat_one_owner',
    'CREATE TABLE public.mine ()',
    'SELECT rolpassword FROM pg_authid',
  ])('may not: %s', async (statement) => {
    expect(await refusal(statement)).toBe(NO_RIGHT);
  });

  test('has no right in any other table', async () => {
    await database.owner.query('CREATE TABLE IF NOT EXISTS other_table (id bigint)');
    expect(await refusal('SELECT id FROM other_table')).toBe(NO_RIGHT);
  });

  test('has its time-outs from the server, whatever its client asks for', async () => {
    const client = new Client({ connectionString: database.workerUrl });
    await client.connect();
    try {
      const { rows } = await client.query(
        `SELECT current_setting('statement_timeout') AS statement, current_setting('lock_timeout') AS lock,
           current_setting('idle_in_transaction_session_timeout') AS idle`,
      );
      expect(rows).toEqual([{ statement: '3s', lock: '2s', idle: '5s' }]);
      const begin = performance.now();
      await expect(client.query('SELECT pg_sleep(10)')).rejects.toMatchObject({ code: '57014' });
      expect(performance.now() - begin).toBeLessThan(5_000);
    } finally {
      await client.end();
    }
  });

  test('does not wait longer than 2 s for a row that somebody else holds', async () => {
    const id = await database.addUser({ email: 'held@example.com' });
    const holder = await database.owner.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT FROM users_user WHERE id = $1 FOR UPDATE', [id]);
    try {
      expect(await refusal(`UPDATE users_user SET librechat_synced_at = NULL WHERE id = ${id}`)).toBe(
        '55P03',
      );
    } finally {
      await holder.query('ROLLBACK');
      holder.release();
    }
  });

  test('can be made twice', async () => {
    const role = new URL(database.workerUrl).username;
    await database.owner.query(renderSql('role', { role }));
    for (const paragraph of paragraphsOf(renderSql('indexes'))) await database.owner.query(paragraph);
    await database.owner.query(renderSql('trigger', { role }));
    expect(await refusal('SELECT id FROM users_user LIMIT 1')).toBe('done');
  });
});

describe('the indexes', () => {
  const keyRing = createKeyRing(new Secret(newKey()));
  const GARBAGE = [
    '',
    'garbage',
    'gAAAAA',
    'gAAAAA=====',
    'gAAAAAé12345',
    'gAAAAA\n12345',
    'g'.repeat(10_000),
  ];

  /** As many rows as make PostgreSQL prefer an index, and every kind of garbage among them. */
  beforeAll(async () => {
    await database.owner.query(
      `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
         date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
       SELECT '!', false, 'many' || n, '', '', 'many' || n || '@example.com', false, n % 500 <> 1, now(),
         CASE n % 500 WHEN 2 THEN NULL WHEN 3 THEN '' ELSE md5(n::text) END,
         CASE n % 500 WHEN 4 THEN NULL ELSE now() END, $1
       FROM generate_series(1, 20000) AS n`,
      [keyRing.seal(new Secret('correct horse battery'))],
    );
    for (const sealedPassword of GARBAGE) await database.addUser({ email: 'g@example.com', sealedPassword });
    await database.owner.query('ANALYZE users_user');
  });

  /** The plan, without any setting that would push it. */
  const planOf = async (statement: string): Promise<string> => {
    const { rows } = await worker.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`);
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };
  const LINKED = `(librechat_user_id IS NOT NULL AND librechat_user_id <> '')`;

  test.each([
    [
      'librechat_same_address',
      `SELECT id::text, ${LINKED} AS linked FROM users_user WHERE lower(btrim(email)) = lower(btrim('A@example.com'))
         AND id <> 1 AND (is_active OR ${LINKED}) ORDER BY linked DESC, id LIMIT 10`,
    ],
    [
      'librechat_to_provision',
      `SELECT id FROM users_user WHERE id > 0 AND is_active AND (librechat_user_id IS NULL OR librechat_user_id = ''
         OR librechat_password_encrypted IS NULL OR librechat_password_encrypted = '') ORDER BY id LIMIT 500`,
    ],
    [
      'librechat_in_doubt',
      `SELECT id FROM users_user WHERE id > 0 AND is_active AND librechat_synced_at IS NULL AND ${LINKED}
         AND librechat_password_encrypted IS NOT NULL AND librechat_password_encrypted <> '' ORDER BY id LIMIT 500`,
    ],
    [
      'librechat_to_suspend',
      `SELECT id FROM users_user WHERE id > 0 AND NOT is_active AND librechat_password_encrypted IS NOT NULL
         AND librechat_password_encrypted <> '' ORDER BY id LIMIT 500`,
    ],
    [
      'librechat_one_owner',
      `SELECT id FROM users_user WHERE librechat_user_id IS NOT NULL AND librechat_user_id <> ''
         AND librechat_user_id = '65f0a1b2c3d4e5f6a7b8c9d0'`,
    ],
  ])('%s serves its statement', async (index, statement) => {
    expect(await planOf(statement)).toContain(index);
  });

  test('the worker’s own statements use them', async () => {
    const scans = async (): Promise<Record<string, number>> => {
      await database.owner.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await database.owner.query<{ name: string; scans: string }>(
        `SELECT indexrelname AS name, idx_scan AS scans FROM pg_stat_user_indexes WHERE relname = 'users_user'`,
      );
      return Object.fromEntries(rows.map(({ name, scans }) => [name, Number(scans)]));
    };
    const before = await scans();
    const table = createUserTable({
      connectionString: new Secret(database.workerUrl),
      table: 'users_user',
      poolSize: 1,
    });
    const row = await table.read(parseDjangoUserId(await database.addUser({ email: 'ada@example.com' })));
    if (row === null) throw new Error('The row is gone');
    await table.othersWithAddress(row);
    await table.newestSealedPasswords(20);
    // A backend reports what it did when its session ends, which is after its client has gone.
    await table.close();
    const unused = async (): Promise<readonly string[]> => {
      const after = await scans();
      const expected = ['users_user_pkey', 'librechat_same_address', 'librechat_by_age'];
      return expected.filter((index) => (after[index] ?? 0) <= (before[index] ?? 0));
    };
    await eventually('all are used', async () => (await unused()).length === 0).catch(() => undefined);
    expect(await unused()).toEqual([]);
  });

  test('garbage in the column breaks neither them nor what is asked of them', async () => {
    const table = createUserTable({
      connectionString: new Secret(database.workerUrl),
      table: 'users_user',
    });
    try {
      const tokens = await table.newestSealedPasswords(20_100);
      expect(tokens.filter((token) => GARBAGE.includes(token))).toEqual([]);
      expect(tokens.length).toBeGreaterThanOrEqual(20_000);
    } finally {
      await table.close();
    }
    await database.owner.query('REINDEX TABLE users_user');
  });

  test('one account cannot belong to two rows, and any number of rows to none', async () => {
    const accountId = randomBytes(12).toString('hex');
    await database.addUser({ email: 'one@example.com', accountId });
    await expect(database.addUser({ email: 'other@example.com', accountId })).rejects.toMatchObject({
      code: '23505',
    });
    for (const nothing of ['', '', null, null])
      await database.addUser({ email: 'nobody@example.com', accountId: nothing });
  });
});

describe('names of one’s own', () => {
  const suffix = randomBytes(4).toString('hex');
  const names = { schema: `Crm_${suffix}`, table: 'People', role: `Bridge_${suffix}` };
  const qualified = `"${names.schema}"."${names.table}"`;
  const ID = '0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e';

  /** With a UUID for a key, as many Django projects have it. */
  beforeAll(async () => {
    await database.owner.query(`
      CREATE SCHEMA "${names.schema}";
      CREATE TABLE ${qualified} (
        id uuid PRIMARY KEY, email varchar(254) NOT NULL, is_active boolean NOT NULL, first_name varchar(150) NOT NULL,
        last_name varchar(150) NOT NULL, password varchar(128) NOT NULL, librechat_user_id varchar(64) NOT NULL,
        librechat_synced_at timestamptz NULL, librechat_password_encrypted text NOT NULL)`);
    await database.owner.query(renderSql('role', names));
    await database.owner.query(`ALTER ROLE "${names.role}" PASSWORD 'only-in-a-test'`);
    for (const paragraph of paragraphsOf(renderSql('indexes', names))) await database.owner.query(paragraph);
    await database.owner.query(renderSql('trigger', names));
    await database.owner.query(
      `INSERT INTO ${qualified} VALUES ($1, 'ada@example.com', true, 'Ada', 'King', '!', '', NULL, '')`,
      [ID],
    );
  });
  afterAll(async () => {
    await database.owner.query(`DROP SCHEMA "${names.schema}" CASCADE; DROP ROLE "${names.role}"`);
  });

  test('in SQL and configuration, with a UUID for a key', async () => {
    const url = new URL(database.workerUrl);
    url.username = names.role;
    url.password = 'only-in-a-test';
    const table = createUserTable({
      connectionString: new Secret(url.toString()),
      table: `${names.schema}.${names.table}`,
    });
    const sealed = createKeyRing(new Secret(newKey())).seal(new Secret('correct horse battery'));
    const user = parseDjangoUserId(ID);
    try {
      expect(await table.read(user)).toMatchObject({ djangoUserId: ID, sealedPassword: null });
      expect(await table.read(parseDjangoUserId('42'))).toBeNull();
      expect(await table.replacePassword(user, null, sealed)).not.toBeNull();
      expect(await table.newestSealedPasswords(1)).toEqual([sealed]);
    } finally {
      await table.close();
    }
    await database.owner.query(`UPDATE ${qualified} SET librechat_password_encrypted = '' WHERE id = $1`, [
      ID,
    ]);
    const { rows } = await database.owner.query(`SELECT librechat_password_encrypted FROM ${qualified}`);
    expect(rows).toEqual([{ librechat_password_encrypted: sealed }]);
  });

  test.each([
    'users"; DROP TABLE users_user; --',
    `users'user`,
    'two words',
    'a$$b',
    '',
    'x'.repeat(64),
    'a.b',
  ])('are refused where they would have to be quoted: %p', (name) => {
    for (const file of ['role', 'indexes', 'trigger'] as const)
      for (const part of ['schema', 'table', 'role'])
        expect(() => renderSql(file, { [part]: name })).toThrow('must be letters, digits and underscores');
  });

  test('no default is left in the SQL', () => {
    for (const file of ['role', 'indexes', 'trigger'] as const) {
      const statements = renderSql(file, names).replaceAll(/^ *--.*$/gm, '');
      expect(statements).not.toMatch(/users_user|"public"|librechat_worker/);
    }
  });
});
