import { describe, expect, test } from '@jest/globals';
import { sealedDigest } from '../../activities/credential-rules.ts';
import type { UserTable } from '../../activities/ports/user-table.ts';
import { anyAccount, LONG_AGO } from './linked-user.ts';
import { expectJustNow, type Rows } from './user-table-rows.ts';

/** Whether row and LibreChat agree, as the suite of the port `UserTable` has it. */
export function userTableDoubt(table: () => UserTable, { add, addLinked, rowOf }: Rows): void {
  describe('the mark of doubt', () => {
    test('is written where nothing has changed, again too, each time with another version', async () => {
      const { id, accountId, digest } = await addLinked();
      const first = await table().markInDoubt(id, accountId, digest);
      const second = await table().markInDoubt(id, accountId, digest);
      expect(first).not.toBeNull();
      expect(second).not.toBeNull();
      expect(second).not.toBe(first);
      expect(await rowOf(id)).toMatchObject({
        accountId,
        sealedPassword: 'old',
        syncedAt: null,
        version: second,
      });
    });

    test('is written on a linked row without a password where none is expected', async () => {
      for (const sealedPassword of [null, '']) {
        const { id, accountId, digest } = await addLinked({ sealedPassword });
        expect(await table().markInDoubt(id, accountId, digest)).toBeNull();
        expect(await table().markInDoubt(id, accountId, null)).not.toBeNull();
      }
    });

    test('is not written where the password, the account or the user’s state is another', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await table().markInDoubt(id, accountId, sealedDigest('another'))).toBeNull();
      expect(await table().markInDoubt(id, accountId, null)).toBeNull();
      expect(await table().markInDoubt(id, anyAccount(), digest)).toBeNull();
      const inactive = await addLinked({ active: false });
      expect(await table().markInDoubt(inactive.id, inactive.accountId, digest)).toBeNull();
      const unlinked = await add({ sealedPassword: 'old' });
      expect(await table().markInDoubt(unlinked, accountId, digest)).toBeNull();
      expect(await rowOf(id)).toMatchObject({ syncedAt: LONG_AGO });
    });
  });

  describe('confirm', () => {
    test('says that both agree where nobody has written the row since, and only once', async () => {
      const { id } = await addLinked({ syncedAt: null });
      const { version } = await rowOf(id);
      expect(await table().confirm(id, version)).toBe(true);
      expectJustNow((await rowOf(id)).syncedAt);
      expect(await table().confirm(id, version)).toBe(false);
    });

    test('says nothing of a row that somebody has marked meanwhile, although nothing in it has changed', async () => {
      const { id, accountId, digest } = await addLinked({ syncedAt: null });
      const { version } = await rowOf(id);
      await table().markInDoubt(id, accountId, digest);
      expect(await table().confirm(id, version)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ syncedAt: null });
    });

    test('says nothing of an inactive user', async () => {
      const { id } = await addLinked({ syncedAt: null, active: false });
      expect(await table().confirm(id, (await rowOf(id)).version)).toBe(false);
    });
  });

  describe('commit', () => {
    test('writes the password that LibreChat has where nobody has written the row since the mark, and only once', async () => {
      const { id, accountId, digest } = await addLinked();
      const version = (await table().markInDoubt(id, accountId, digest)) ?? '';
      expect(await table().commit(id, version, 'new')).toBe(true);
      const row = await rowOf(id);
      expect(row).toMatchObject({ sealedPassword: 'new', accountId });
      expectJustNow(row.syncedAt);
      expect(await table().commit(id, version, 'late')).toBe(false);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new' });
    });

    test('does not overrule a mark that somebody else has set meanwhile', async () => {
      const { id, accountId, digest } = await addLinked();
      const version = (await table().markInDoubt(id, accountId, digest)) ?? '';
      await table().markInDoubt(id, accountId, digest);
      expect(await table().commit(id, version, 'new')).toBe(false);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'old', syncedAt: null });
    });

    test('is done on an inactive row too: LibreChat has changed already', async () => {
      const { id } = await addLinked({ active: false });
      expect(await table().commit(id, (await rowOf(id)).version, 'new')).toBe(true);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new', active: false });
    });

    test('of many at once with one version, one is done', async () => {
      const { id } = await addLinked();
      const { version } = await rowOf(id);
      const done = await Promise.all(
        ['a', 'b', 'c', 'd'].map((sealed) => table().commit(id, version, sealed)),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
    });
  });
}
