import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sealedDigest } from '../../activities/credential-rules.ts';
import type { UserRow, UserTable } from '../../activities/ports/user-table.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import type { NewUser } from '../../tools/database/user-database.ts';
import { anyAccount, LONG_AGO, type LinkedUser } from './linked-user.ts';
import { userTableEndings } from './user-table-endings.ts';

/** A user table, and what only its tests may do with it. */
export interface UserTableBundle {
  readonly table: UserTable;
  /** Adds a row as Django does: values are stored as they are given, `''` included. */
  readonly add: (user: NewUser) => Promise<DjangoUserId>;
  readonly close: () => Promise<void>;
}

const anyAddress = (): string => `${randomBytes(6).toString('hex')}@example.com`;
const stranger = (): DjangoUserId => parseDjangoUserId(String(randomInt(2 ** 46, 2 ** 47)));

/** What every implementation of the port `UserTable` holds to. */
export function userTableSuite({ create }: { readonly create: () => Promise<UserTableBundle> }): void {
  let bundle: UserTableBundle;
  beforeAll(async () => {
    bundle = await create();
  });
  afterAll(() => bundle.close());

  const rowOf = async (user: DjangoUserId): Promise<UserRow> => {
    const row = await bundle.table.read(user);
    if (row === null) throw new Error('The row is gone');
    return row;
  };
  const add = (user: Partial<NewUser> = {}): Promise<DjangoUserId> =>
    bundle.add({ email: anyAddress(), ...user });
  /** A row with a password `old`, linked to `accountId` long ago unless told otherwise. */
  const addLinked = async (user: Partial<NewUser> = {}): Promise<LinkedUser> => {
    const accountId = anyAccount();
    const id = await add({ accountId, syncedAt: LONG_AGO, sealedPassword: 'old', ...user });
    return { id, accountId, digest: sealedDigest('old') };
  };
  const begin = Date.now();
  const expectJustNow = (date: Date | null): void => {
    // A database's clock and ours need not be the same to the millisecond.
    expect(date?.getTime()).toBeGreaterThan(begin - 1_000);
  };

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
      expect(await bundle.table.read(stranger())).toBeNull();
    });

    test('answers null for an id that no row of this table can have', async () => {
      const id = parseDjangoUserId('0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e');
      expect(await bundle.table.read(id)).toBeNull();
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

  describe('replacePassword', () => {
    test('fills an empty column, whether it holds NULL or an empty string', async () => {
      for (const sealedPassword of [null, '']) {
        const id = await add({ sealedPassword });
        expect(await bundle.table.replacePassword(id, null, 'first')).not.toBeNull();
        expect(await rowOf(id)).toMatchObject({ sealedPassword: 'first' });
      }
    });

    test('replaces exactly the password that was read, which puts a linked row in doubt', async () => {
      const { id, digest, accountId } = await addLinked();
      expect(await bundle.table.replacePassword(id, sealedDigest('another'), 'new')).toBeNull();
      expect(await bundle.table.replacePassword(id, null, 'new')).toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'old', syncedAt: LONG_AGO });
      expect(await bundle.table.replacePassword(id, digest, 'new')).not.toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new', syncedAt: null, accountId });
    });

    test('does not fill an empty column when a password is expected', async () => {
      const id = await add();
      expect(await bundle.table.replacePassword(id, sealedDigest(''), 'new')).toBeNull();
      expect(await rowOf(id)).toMatchObject({ sealedPassword: null });
    });

    test('of twenty writers who read the same, one writes', async () => {
      const id = await add();
      const writers = Array.from({ length: 20 }, (_, index) =>
        bundle.table.replacePassword(id, null, `by ${index}`),
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
        expect(await bundle.table.link(id, accountId, sealedDigest('old'))).toBe(true);
        const row = await rowOf(id);
        expect(row).toMatchObject({ accountId, sealedPassword: 'old' });
        expectJustNow(row.syncedAt);
      }
    });

    test('can be repeated', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await bundle.table.link(id, accountId, digest)).toBe(true);
      expectJustNow((await rowOf(id)).syncedAt);
    });

    test('does not take away the doubt of a row that somebody else has linked meanwhile', async () => {
      const { id, accountId, digest } = await addLinked({ syncedAt: null });
      expect(await bundle.table.link(id, accountId, digest)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ accountId, syncedAt: null });
    });

    test('does not link a row with another password, or none', async () => {
      for (const sealedPassword of ['changed', null, '']) {
        const id = await add({ sealedPassword });
        expect(await bundle.table.link(id, anyAccount(), sealedDigest('old'))).toBe(false);
        expect(await rowOf(id)).toMatchObject({ accountId: null, syncedAt: null });
      }
    });

    test('does not move a row from one account to another', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await bundle.table.link(id, anyAccount(), digest)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ accountId, syncedAt: LONG_AGO });
    });

    test('an account has one owner', async () => {
      const { accountId } = await addLinked();
      const id = await add({ sealedPassword: 'old' });
      await expect(bundle.table.link(id, accountId, sealedDigest('old'))).rejects.toMatchObject({
        code: 'AccountConflict',
      });
      expect(await rowOf(id)).toMatchObject({ accountId: null, syncedAt: null });
    });

    test('a link that would not be made anyway is no conflict', async () => {
      const { accountId } = await addLinked();
      const id = await add({ sealedPassword: 'changed' });
      expect(await bundle.table.link(id, accountId, sealedDigest('old'))).toBe(false);
    });
  });

  describe('the mark of doubt', () => {
    test('is written where nothing has changed, again too, each time with another version', async () => {
      const { id, accountId, digest } = await addLinked();
      const first = await bundle.table.markInDoubt(id, accountId, digest);
      const second = await bundle.table.markInDoubt(id, accountId, digest);
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
        expect(await bundle.table.markInDoubt(id, accountId, digest)).toBeNull();
        expect(await bundle.table.markInDoubt(id, accountId, null)).not.toBeNull();
      }
    });

    test('is not written where the password, the account or the user’s state is another', async () => {
      const { id, accountId, digest } = await addLinked();
      expect(await bundle.table.markInDoubt(id, accountId, sealedDigest('another'))).toBeNull();
      expect(await bundle.table.markInDoubt(id, accountId, null)).toBeNull();
      expect(await bundle.table.markInDoubt(id, anyAccount(), digest)).toBeNull();
      const inactive = await addLinked({ active: false });
      expect(await bundle.table.markInDoubt(inactive.id, inactive.accountId, digest)).toBeNull();
      const unlinked = await add({ sealedPassword: 'old' });
      expect(await bundle.table.markInDoubt(unlinked, accountId, digest)).toBeNull();
      expect(await rowOf(id)).toMatchObject({ syncedAt: LONG_AGO });
    });
  });

  describe('confirm', () => {
    test('says that both agree where nobody has written the row since, and only once', async () => {
      const { id } = await addLinked({ syncedAt: null });
      const { version } = await rowOf(id);
      expect(await bundle.table.confirm(id, version)).toBe(true);
      expectJustNow((await rowOf(id)).syncedAt);
      expect(await bundle.table.confirm(id, version)).toBe(false);
    });

    test('says nothing of a row that somebody has marked meanwhile, although nothing in it has changed', async () => {
      const { id, accountId, digest } = await addLinked({ syncedAt: null });
      const { version } = await rowOf(id);
      await bundle.table.markInDoubt(id, accountId, digest);
      expect(await bundle.table.confirm(id, version)).toBe(false);
      expect(await rowOf(id)).toMatchObject({ syncedAt: null });
    });

    test('says nothing of an inactive user', async () => {
      const { id } = await addLinked({ syncedAt: null, active: false });
      expect(await bundle.table.confirm(id, (await rowOf(id)).version)).toBe(false);
    });
  });

  describe('commit', () => {
    test('writes the password that LibreChat has where nobody has written the row since the mark, and only once', async () => {
      const { id, accountId, digest } = await addLinked();
      const version = (await bundle.table.markInDoubt(id, accountId, digest)) ?? '';
      expect(await bundle.table.commit(id, version, 'new')).toBe(true);
      const row = await rowOf(id);
      expect(row).toMatchObject({ sealedPassword: 'new', accountId });
      expectJustNow(row.syncedAt);
      expect(await bundle.table.commit(id, version, 'late')).toBe(false);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new' });
    });

    test('does not overrule a mark that somebody else has set meanwhile', async () => {
      const { id, accountId, digest } = await addLinked();
      const version = (await bundle.table.markInDoubt(id, accountId, digest)) ?? '';
      await bundle.table.markInDoubt(id, accountId, digest);
      expect(await bundle.table.commit(id, version, 'new')).toBe(false);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'old', syncedAt: null });
    });

    test('is done on an inactive row too: LibreChat has changed already', async () => {
      const { id } = await addLinked({ active: false });
      expect(await bundle.table.commit(id, (await rowOf(id)).version, 'new')).toBe(true);
      expect(await rowOf(id)).toMatchObject({ sealedPassword: 'new', active: false });
    });

    test('of many at once with one version, one is done', async () => {
      const { id } = await addLinked();
      const { version } = await rowOf(id);
      const done = await Promise.all(
        ['a', 'b', 'c', 'd'].map((sealed) => bundle.table.commit(id, version, sealed)),
      );
      expect(done.filter(Boolean)).toHaveLength(1);
    });
  });

  userTableEndings(() => bundle.table, { add, addLinked, rowOf });

  test('no write makes a row that does not exist', async () => {
    const [id, accountId, { table }] = [stranger(), anyAccount(), bundle];
    expect(await table.replacePassword(id, null, 'new')).toBeNull();
    expect(await table.link(id, accountId, sealedDigest('old'))).toBe(false);
    expect(await table.confirm(id, '1')).toBe(false);
    expect(await table.markInDoubt(id, accountId, sealedDigest('old'))).toBeNull();
    expect(await table.commit(id, '1', 'new')).toBe(false);
    expect(await table.markEnding(id, accountId, null)).toBeNull();
    expect(await table.clearPassword(id, '1')).toBe(false);
    expect(await table.forgetAccount(id, accountId)).toBe(false);
    expect(await table.read(id)).toBeNull();
  });

  test('an inactive user gets neither a password nor a link', async () => {
    const empty = await add({ active: false });
    expect(await bundle.table.replacePassword(empty, null, 'new')).toBeNull();
    const sealed = await add({ active: false, sealedPassword: 'old' });
    expect(await bundle.table.replacePassword(sealed, sealedDigest('old'), 'new')).toBeNull();
    expect(await bundle.table.link(sealed, anyAccount(), sealedDigest('old'))).toBe(false);
    expect(await rowOf(sealed)).toMatchObject({ sealedPassword: 'old', accountId: null });
  });

  describe('othersWithAddress', () => {
    test('finds the same address in other case and with spaces around it, but not the row itself', async () => {
      const email = anyAddress();
      const one = await add({ email });
      const shouting = await add({ email: email.toUpperCase() });
      const spaced = await add({ email: `  ${email} ` });
      await add({ email: `x${email}` });
      expect(await bundle.table.othersWithAddress(await rowOf(one))).toEqual([
        { djangoUserId: shouting, linked: false },
        { djangoUserId: spaced, linked: false },
      ]);
    });

    test('names linked rows first', async () => {
      const email = anyAddress();
      const [one, unlinked] = [await add({ email }), await add({ email })];
      const { id: linked } = await addLinked({ email });
      expect(await bundle.table.othersWithAddress(await rowOf(one))).toEqual([
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
      expect(await bundle.table.othersWithAddress(await rowOf(one))).toEqual([
        { djangoUserId: linked, linked: true },
      ]);
    });

    test('finds nobody for a row without an address', async () => {
      const one = await add({ email: '' });
      await add({ email: '' });
      expect(await bundle.table.othersWithAddress(await rowOf(one))).toEqual([]);
    });

    test('names ten at most', async () => {
      const email = anyAddress();
      const one = await add({ email });
      for (let count = 0; count < 11; count++) await add({ email });
      expect(await bundle.table.othersWithAddress(await rowOf(one))).toHaveLength(10);
    });
  });
}
