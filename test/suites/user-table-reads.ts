import { describe, expect, test } from '@jest/globals';
import type { UserTable } from '../../activities/ports/user-table.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { NewUser } from '../../tools/database/user-database.ts';
import { anyAccount, LONG_AGO } from './linked-user.ts';
import { anyAddress, stranger, type Rows } from './user-table-rows.ts';

/** How rows are read, as the suite of the port `UserTable` has it. */
export function userTableReads(table: () => UserTable, { add, addLinked, rowOf }: Rows): void {
  describe('read', () => {
    test('answers what stands in the row', async () => {
      const accountId = anyAccount();
      const user: NewUser = {
        email: ' Ada@Example.COM',
        firstName: 'Ada',
        lastName: 'King',
        active: false,
        accountId,
        syncedAt: LONG_AGO,
        sealedPassword: 'sealed',
      };
      const id = await add(user);
      expect(await rowOf(id)).toEqual({ djangoUserId: id, ...user, version: expect.any(String) });
    });

    test('answers null for a row that does not exist', async () => {
      expect(await table().read(stranger())).toBeNull();
    });

    test('answers null for an id that no row of this table can have', async () => {
      const id = parseDjangoUserId('0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e');
      expect(await table().read(id)).toBeNull();
    });

    test('takes empty strings for nothing', async () => {
      const id = await add({ email: '', accountId: '', sealedPassword: '', firstName: '', lastName: '' });
      expect(await rowOf(id)).toMatchObject({ email: null, accountId: null, sealedPassword: null });
      expect(await rowOf(id)).toMatchObject({ firstName: '', lastName: '' });
    });

    test('takes an address of blanks for none', async () => {
      expect(await rowOf(await add({ email: '  ' }))).toMatchObject({ email: null });
    });
  });

  describe('othersWithAddress', () => {
    test('finds the same address in other case and with spaces around it, but not the row itself', async () => {
      const email = anyAddress();
      const one = await add({ email });
      const shouting = await add({ email: email.toUpperCase() });
      const spaced = await add({ email: `  ${email} ` });
      await add({ email: `x${email}` });
      expect(await table().othersWithAddress(await rowOf(one))).toEqual([
        { djangoUserId: shouting, linked: false },
        { djangoUserId: spaced, linked: false },
      ]);
    });

    test('names linked rows first', async () => {
      const email = anyAddress();
      const [one, unlinked] = [await add({ email }), await add({ email })];
      const { id: linked } = await addLinked({ email });
      expect(await table().othersWithAddress(await rowOf(one))).toEqual([
        { djangoUserId: linked, linked: true },
        { djangoUserId: unlinked, linked: false },
      ]);
    });

    test('passes over an inactive row, unless it is linked', async () => {
      const email = anyAddress();
      const one = await add({ email });
      await add({ email, active: false });
      await add({ email, active: false, accountId: '' });
      const { id: linked } = await addLinked({ email, active: false });
      expect(await table().othersWithAddress(await rowOf(one))).toEqual([
        { djangoUserId: linked, linked: true },
      ]);
    });

    test('finds nobody for a row without an address', async () => {
      const one = await add({ email: '' });
      await add({ email: '' });
      expect(await table().othersWithAddress(await rowOf(one))).toEqual([]);
    });

    test('names ten at most', async () => {
      const email = anyAddress();
      const one = await add({ email });
      for (let count = 0; count < 11; count++) await add({ email });
      expect(await table().othersWithAddress(await rowOf(one))).toHaveLength(10);
    });
  });
}
