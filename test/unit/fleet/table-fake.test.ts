import type { AccountId } from '../../../contract/ids.ts';
import { parseDjangoUserId } from '../../../contract/ids.ts';
import { FakeFleetTable } from '../../fakes/fleet-table.ts';
import { FakeUserTable } from '../../fakes/user-table.ts';
import { fleetTableSuite } from '../../suites/fleet-table.ts';

fleetTableSuite({
  async create() {
    const users = new FakeUserTable();
    let lastId = 0;
    return {
      table: new FakeFleetTable(users),
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
