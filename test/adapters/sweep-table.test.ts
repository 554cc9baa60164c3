import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSweepTable, dueStatement } from '../../activities/adapters/sweep-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { addManyRows, planOf } from '../setup/many-rows.ts';
import { postgresUrl } from '../setup/parts.ts';
import { sweepTableSuite } from '../suites/sweep-table.ts';

const open = (database: UserDatabase) =>
  createSweepTable({ connectionString: new Secret(database.workerUrl), table: 'users_user' });

sweepTableSuite({
  async create() {
    const database = await createUserDatabase(postgresUrl());
    const table = open(database);
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

describe('among many rows', () => {
  let database: UserDatabase;
  beforeAll(async () => {
    database = await createUserDatabase(postgresUrl());
    await addManyRows(database);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
  });

  test.each(['provision', 'repair', 'suspend'] as const)(
    'those that are due for %s are found by their index, which touches no other row',
    async (rows) => {
      for (const ends of [
        { after: null, upTo: null },
        { after: 7, upTo: null },
        { after: null, upTo: 7 },
        { after: 7, upTo: 9_999 },
      ]) {
        const values = [500, ends.after, ends.upTo].filter((value) => value !== null);
        const text = dueStatement('"users_user"', rows, ends);
        const plan = await planOf(database, 'BUFFERS', { text, values });
        expect(plan).toMatch(/Index Only Scan using librechat_(to_provision|in_doubt|to_suspend)/);
        // The whole table has some hundred pages.
        const touched = /Buffers: shared((?: (?:hit|read)=\d+)+)/.exec(plan)?.[1] ?? '';
        const pages = [...touched.matchAll(/=(\d+)/g)].reduce((sum, [, count]) => sum + Number(count), 0);
        expect(pages).toBeLessThan(10);
      }
    },
  );

  test('an id that is none of the column’s type finds nobody', async () => {
    const table = open(database);
    const after = parseDjangoUserId('00000000-0000-4000-8000-000000000000');
    expect(await table.due('provision', { after, upTo: null }, 10)).toEqual([]);
    await table.close();
  });
});
