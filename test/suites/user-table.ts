import { afterAll, beforeAll } from '@jest/globals';
import { userTableDoubt } from './user-table-doubt.ts';
import { userTableEndings } from './user-table-endings.ts';
import { userTableReads } from './user-table-reads.ts';
import { rowsOf, type UserTableBundle } from './user-table-rows.ts';
import { userTableWrites } from './user-table-writes.ts';

/** What every implementation of the port `UserTable` holds to. */
export function userTableSuite({ create }: { readonly create: () => Promise<UserTableBundle> }): void {
  let bundle: UserTableBundle;
  beforeAll(async () => {
    bundle = await create();
  });
  afterAll(() => bundle.close());

  const rows = rowsOf(() => bundle);
  for (const part of [userTableReads, userTableWrites, userTableDoubt, userTableEndings])
    part(() => bundle.table, rows);
}
