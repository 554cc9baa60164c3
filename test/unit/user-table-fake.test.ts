import { expect, test } from '@jest/globals';
import type { AccountId } from '../../contract/ids.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { FakeUserTable } from '../fakes/user-table.ts';
import { userTableSuite } from '../suites/user-table.ts';

userTableSuite({
  async create() {
    const table = new FakeUserTable();
    let lastId = 0;
    return {
      table,
      async add({ accountId = null, ...user }) {
        const djangoUserId = parseDjangoUserId(String(++lastId));
        table.put({ ...user, djangoUserId, accountId: accountId as AccountId | null });
        return djangoUserId;
      },
      close: async () => undefined,
    };
  },
});

test('the fake can be away', async () => {
  const table = new FakeUserTable();
  table.away = true;
  const user = parseDjangoUserId('1');
  await expect(table.read(user)).rejects.toMatchObject({ code: 'DatabaseUnavailable' });
  await expect(table.replacePassword(user, null, 'new')).rejects.toMatchObject({
    code: 'DatabaseUnavailable',
  });
});
