import { describe, expect, test } from '@jest/globals';
import { sealedDigest } from '../../activities/credential-rules.ts';
import type { UserTable } from '../../activities/ports/user-table.ts';
import { anyAccount, LONG_AGO } from './linked-user.ts';
import type { Rows } from './user-table-rows.ts';

/** What takes an account from its user, as the suite of the port `UserTable` has it. */
export function userTableEndings(table: () => UserTable, { add, addLinked, rowOf }: Rows): void {
  describe('the mark of an end', () => {
    test('is written on an inactive row, again too, each time with another version, and puts it in doubt', async () => {
      const { id, accountId, digest } = await addLinked({ active: false });
      const first = await table().markEnding(id, accountId, digest);
      const second = await table().markEnding(id, accountId, digest);
      expect(first).not.toBeNull();
      expect(second).not.toBe(first);
      const marked = { accountId, sealedPassword: 'old', syncedAt: null, active: false, version: second };
      expect(await rowOf(id)).toMatchObject(marked);
    });

    test('is written on a row without a password where none is expected', async () => {
      for (const sealedPassword of [null, '']) {
        const { id, accountId, digest } = await addLinked({ active: false, sealedPassword });
        expect(await table().markEnding(id, accountId, digest)).toBeNull();
        expect(await table().markEnding(id, accountId, null)).not.toBeNull();
      }
    });

    test('links a row that is not linked yet', async () => {
      for (const empty of [null, '']) {
        const id = await add({ active: false, accountId: empty, sealedPassword: 'old' });
        const accountId = anyAccount();
        expect(await table().markEnding(id, accountId, sealedDigest('old'))).not.toBeNull();
        expect(await rowOf(id)).toMatchObject({ accountId, sealedPassword: 'old', syncedAt: null });
      }
    });

    test('is not written where the password or the account is another, or the user is active', async () => {
      const { id, accountId, digest } = await addLinked({ active: false });
      expect(await table().markEnding(id, accountId, sealedDigest('another'))).toBeNull();
      expect(await table().markEnding(id, accountId, null)).toBeNull();
      expect(await table().markEnding(id, anyAccount(), digest)).toBeNull();
      const active = await addLinked();
      expect(await table().markEnding(active.id, active.accountId, digest)).toBeNull();
      expect(await rowOf(id)).toMatchObject({ syncedAt: LONG_AGO });
      expect(await rowOf(active.id)).toMatchObject({ syncedAt: LONG_AGO });
    });

    test('does not link a row to the account of another one', async () => {
      const { accountId } = await addLinked();
      const id = await add({ active: false, sealedPassword: 'old' });
      await expect(table().markEnding(id, accountId, sealedDigest('old'))).rejects.toMatchObject({
        code: 'AccountConflict',
      });
      expect(await rowOf(id)).toMatchObject({ accountId: null });
    });
  });

  describe('clearPassword', () => {
    test('empties the column of an inactive row that nobody has written since, and keeps its account', async () => {
      const { id, accountId } = await addLinked({ active: false });
      const { version } = await rowOf(id);
      expect(await table().clearPassword(id, version)).toBe(true);
      expect(await rowOf(id)).toMatchObject({ accountId, sealedPassword: null, syncedAt: null });
      expect(await table().clearPassword(id, version)).toBe(false);
    });

    test('leaves alone what somebody has written meanwhile, and an active user', async () => {
      const { id, accountId, digest } = await addLinked({ active: false });
      const { version } = await rowOf(id);
      await table().markEnding(id, accountId, digest);
      expect(await table().clearPassword(id, version)).toBe(false);
      const active = await addLinked();
      expect(await table().clearPassword(active.id, (await rowOf(active.id)).version)).toBe(false);
      for (const each of [id, active.id]) expect(await rowOf(each)).toMatchObject({ sealedPassword: 'old' });
    });
  });

  describe('forgetAccount', () => {
    test('empties all three columns of the row that is linked to the account, active or not', async () => {
      for (const active of [true, false]) {
        const { id, accountId } = await addLinked({ active });
        expect(await table().forgetAccount(id, accountId)).toBe(true);
        const nothing = { accountId: null, sealedPassword: null, syncedAt: null, active };
        expect(await rowOf(id)).toMatchObject(nothing);
        expect(await table().forgetAccount(id, accountId)).toBe(false);
      }
    });

    test('leaves a row alone that is linked to another account, or to none', async () => {
      const { id, accountId } = await addLinked({ active: false });
      expect(await table().forgetAccount(id, anyAccount())).toBe(false);
      expect(await rowOf(id)).toMatchObject({ accountId, sealedPassword: 'old', syncedAt: LONG_AGO });
      const unlinked = await add({ active: false, sealedPassword: 'old' });
      expect(await table().forgetAccount(unlinked, accountId)).toBe(false);
      expect(await rowOf(unlinked)).toMatchObject({ sealedPassword: 'old' });
    });

    test('with a version leaves alone what somebody has written meanwhile, and an active user', async () => {
      const { id, accountId, digest } = await addLinked({ active: false });
      const { version } = await rowOf(id);
      await table().markEnding(id, accountId, digest);
      expect(await table().forgetAccount(id, accountId, version)).toBe(false);
      const active = await addLinked();
      const read = await rowOf(active.id);
      expect(await table().forgetAccount(active.id, active.accountId, read.version)).toBe(false);
      expect(await table().forgetAccount(id, accountId, (await rowOf(id)).version)).toBe(true);
    });

    test('many rows may be without an account', async () => {
      const [one, other] = [await addLinked({ active: false }), await addLinked({ active: false })];
      for (const { id, accountId } of [one, other])
        expect(await table().forgetAccount(id, accountId)).toBe(true);
    });
  });
}
