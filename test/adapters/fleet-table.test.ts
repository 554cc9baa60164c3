import { createFleetTable } from '../../activities/adapters/fleet-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase } from '../../tools/database/user-database.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { UserDatabase } from '../../tools/database/user-database.ts';
import { pageStatement } from '../../activities/adapters/fleet-table.ts';
import { postgresUrl } from '../setup/parts.ts';
import { fleetTableSuite } from '../suites/fleet-table.ts';

fleetTableSuite({
  async create() {
    const database = await createUserDatabase(postgresUrl());
    const table = createFleetTable({ connectionString: new Secret(database.workerUrl), table: 'users_user' });
    return {
      table,
      add: async (user) =>
        parseDjangoUserId(await database.addUser({ ...user, email: 'somebody@example.com' })),
      clear: async () => void (await database.owner.query('DELETE FROM users_user')),
      async close() {
        await table.close();
        await database[Symbol.asyncDispose]();
      },
    };
  },
});

describe('a page of the fleet among many rows of one second', () => {
  const ROWS = 20_000;
  let database: UserDatabase;
  beforeAll(async () => {
    database = await createUserDatabase(postgresUrl());
    // Fernet's version, then a time of eight bytes: 'gAAAAABp' is one of the year 2025, whatever follows.
    await database.owner.query(
      `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
         date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
       SELECT '!', false, 'many' || n, '', '', 'many' || n || '@example.com', false, true, now(),
         lpad(to_hex(n), 24, '0'), now(), 'gAAAAABpAAAAAAAA' FROM generate_series(1, ${ROWS}) AS n`,
    );
    await database.owner.query('VACUUM ANALYZE users_user');
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  test.each([[null], [{ djangoUserId: '15000', mintedAt: 1_761_607_680 }]])(
    'is found by its index, and reads no row besides its own, after %j',
    async (after) => {
      const { text, values } = pageStatement('"users_user"', { before: 4_000_000_000 }, after, 100);
      const { rows } = await database.owner.query<{ 'QUERY PLAN': string }>(
        `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`,
        [...values],
      );
      const plan = rows.map((line) => line['QUERY PLAN']).join('\n');
      expect(plan).toContain('Index Scan using librechat_by_age');
      expect(plan).not.toContain('Sort');
      expect(plan).not.toMatch(/Rows Removed by Filter: [1-9]/);
    },
  );
});
