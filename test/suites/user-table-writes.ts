import { describe, expect, test } from '@jest/globals';
import { sealedDigest } from '../../activities/credential-rules.ts';
import type { UserTable } from '../../activities/ports/user-table.ts';
import { anyAccount, LONG_AGO } from './linked-user.ts';
import { expectJustNow, stranger, type Rows } from './user-table-rows.ts';

/** How a row gets a password and an account, as the suite of the port `UserTable` has it. */
export function userTableWrites(table: () => UserTable, { add, addLinked, rowOf }: Rows): void {
  describe('replacePassword', () => {
    test('fills an empty column, whether it holds NULL or an empty string', async () => {
      for (const sealedPassword of [null, '']) {
        const id = await add({ sealedPassword });
        expect(await table().replacePassword(id, null, 'first')).not.toBeNull();
        expect(await rowOf(id)).toMatchObject({ sealedPassword: 'first' });
      }
    });

    test('replaces exactly the password that was read, which puts a linked row in doubt', async () => {
      const { id, digest, accountId } = await addLinked();
      expect(await table().replacePassword(id, sealedDigest('another'), 'new')).toBeNull();
      expect(await table().replacePassword(id, null, 'new')).toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'old', syncedAt: LONG_AGO });
      expect(await table().replacePassword(id, digest, 'new')).not.toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new', syncedAt: null, accountId });
    });

    test('does not fill an empty column when a password is expected', async () => {
      const id = await add();
      expect(await table().replacePassword(id, sealedDigest(''), 'new')).toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: null });
    });

    test('of twenty writers who read the same, one writes', async () => {
      const id = await add();
      const writers = Array.from({ length: 20 }, (_, index) =>
        table().replacePassword(id, null, `by ${index}`),
      );
      const done = await Promise.all(writers);
      expect(done.filter(Boolean)).toHaveLength(1);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: `by ${done.findIndex(Boolean)}` });
    });
  });

  describe('link', () => {
    test('links a row whose password is the one that logged in, and says that both agree', async () => {
      for (const empty of [null, '']) {
        const id = await add({ accountId: empty, sealedPassword: 'old' });
        const accountId = anyAccount();
        expect(await table().link(id, accountId, sealedDigest('old'))).toBe(true);
        const row = await rowOf(id);
        expect(row).toMatchObject({ accountId, sealedPassword: 'old' });
        expectJustNow(row.syncedAt);
      }
    });

    test('can be repeated', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await table().link(id, accountId, digest)).toBe(true);
      expectJustNow((await rowOf(id)).syncedAt);
    });

    test('does not take away the doubt of a row that somebody else has linked meanwhile', async () => {
      const { id, accountId, digest } = await addLinked({ syncedAt: null });
      expect(await table().link(id, accountId, digest)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ accountId, syncedAt: null });
    });

    test('does not link a row with another password, or none', async () => {
      for (const sealedPassword of ['changed', null, '']) {
        const id = await add({ sealedPassword });
        expect(await table().link(id, anyAccount(), sealedDigest('old'))).toBe(false);
        expect(await rowOf(id)).toMatchObject({ accountId: null, syncedAt: null });
      }
    });

    test('does not move a row from one account to another', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await table().link(id, anyAccount(), digest)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ accountId, syncedAt: LONG_AGO });
    });

    test('an account has one owner', async () => {
      const { accountId } = await addLinked();
      const id = await add({ sealedPassword: 'old' });
      await expect(table().link(id, accountId, sealedDigest('old'))).rejects.toMatchObject({
        code: 'AccountConflict',
      });
      expect(await rowOf(id)).toMatchObject({ accountId: null, syncedAt: null });
    });

    test('a link that would not be made anyway is no conflict', async () => {
      const { accountId } = await addLinked();
      const id = await add({ sealedPassword: 'changed' });
      expect(await table().link(id, accountId, sealedDigest('old'))).toBe(false);
    });
  });

  test('no write makes a row that does not exist', async () => {
    const [id, accountId] = [stranger(), anyAccount()];
    expect(await table().replacePassword(id, null, 'new')).toBeNull();
    expect(await table().link(id, accountId, sealedDigest('old'))).toBe(false);
    expect(await table().confirm(id, '1')).toBe(false);
    expect(await table().markInDoubt(id, accountId, sealedDigest('old'))).toBeNull();
    expect(await table().commit(id, '1', 'new')).toBe(false);
    expect(await table().markEnding(id, accountId, null)).toBeNull();
    expect(await table().clearPassword(id, '1')).toBe(false);
    expect(await table().forgetAccount(id, accountId)).toBe(false);
    expect(await table().read(id)).toBeNull();
  });

  test('an inactive user gets neither a password nor a link', async () => {
    const empty = await add({ active: false });
    expect(await table().replacePassword(empty, null, 'new')).toBeNull();
    const sealed = await add({ active: false, sealedPassword: 'old' });
    expect(await table().replacePassword(sealed, sealedDigest('old'), 'new')).toBeNull();
    expect(await table().link(sealed, anyAccount(), sealedDigest('old'))).toBe(false);
    expect(await rowOf(sealed)).toMatchObject({ sealedPassword: 'old', accountId: null });
  });
}
