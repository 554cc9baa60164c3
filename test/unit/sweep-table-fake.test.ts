import { expect, test } from '@jest/globals';
import type { AccountId } from '../../contract/ids.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { FakeSweepTable } from '../fakes/sweep-table.ts';
import { FakeUserTable } from '../fakes/user-table.ts';
import { sweepTableSuite } from '../suites/sweep-table.ts';

sweepTableSuite({
  async create() {
    const users = new FakeUserTable();
    let lastId = 0;
    return {
      table: new FakeSweepTable(users),
      async add({ accountId = null, ...user }) {
        const djangoUserId = parseDjangoUserId(String(++lastId));
        users.put({ ...user, djangoUserId, accountId: accountId as AccountId | null });
        return djangoUserId;
      },
      clear: async () => users.rows.clear(),
      close: async () => undefined,
    };
  },
});

test('the fake can be away', async () => {
  const users = new FakeUserTable();
  users.away = true;
  const due = new FakeSweepTable(users).due('repair', { after: null, upTo: null }, 1);
  await expect(due).rejects.toMatchObject({ code: 'DatabaseUnavailable' });
});
