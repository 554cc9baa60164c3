import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createFleetTable, pageStatement } from '../../activities/adapters/fleet-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { addManyRows, planOf } from '../setup/many-rows.ts';
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
  let database: UserDatabase;
  beforeAll(async () => {
    database = await createUserDatabase(postgresUrl());
    await addManyRows(database);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  test.each([[null], [{ djangoUserId: '15000', mintedAt: 1_761_607_680 }]])(
    'is found by its index, and reads no row besides its own, after %j',
    async (after) => {
      const page = pageStatement('"users_user"', { before: 4_000_000_000 }, after, 100);
      const plan = await planOf(database, 'TIMING OFF', page);
      expect(plan).toContain('Index Scan using librechat_by_age');
      expect(plan).not.toContain('Sort');
      expect(plan).not.toMatch(/Rows Removed by Filter: [1-9]/);
    },
  );
});
