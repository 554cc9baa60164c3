import { createUserTable } from '../../activities/adapters/user-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase } from '../../tools/database/user-database.ts';
import { postgresUrl } from '../setup/parts.ts';
import { userTableSuite } from '../suites/user-table.ts';

userTableSuite({
  async create() {
    const database = await createUserDatabase(postgresUrl());
    const table = createUserTable({
      connectionString: new Secret(database.workerUrl),
      table: 'users_user',
    });
    return {
      table,
      add: async (user) => parseDjangoUserId(await database.addUser(user)),
      async close() {
        await table.close();
        await database[Symbol.asyncDispose]();
      },
    };
  },
});
