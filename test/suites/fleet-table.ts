import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import type { FleetTable } from '../../activities/fleet/ports.ts';
import type { DueUser } from '../../contract/due.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import type { NewUser } from '../../tools/database/user-database.ts';
import { newKey } from '../../tools/world.ts';

/** A table, and how to fill it. */
export interface FleetTableBench {
  readonly table: FleetTable;
  readonly add: (user: Omit<NewUser, 'email'>) => Promise<DjangoUserId>;
  /** Takes all rows away. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const key = new Secret(newKey());
/** A token of this time (seconds since 1970). */
const token = (seconds: number): string =>
  createKeyRing(key, { now: () => seconds * 1_000 }).seal(new Secret('a password'));

let accounts = 0;
const linked = (): { accountId: string } => ({ accountId: (++accounts).toString(16).padStart(24, '0') });

const ids = (users: readonly DueUser[]): readonly string[] => users.map(({ djangoUserId }) => djangoUserId);

/** What holds for the fleet's view of the user table, wherever it is. */
export function fleetTableSuite({ create }: { readonly create: () => Promise<FleetTableBench> }): void {
  describe('the fleet', () => {
    let bench: FleetTableBench;
    beforeAll(async () => {
      bench = await create();
    });
    beforeEach(() => bench.clear());
    afterAll(() => bench.close());

    const add = (seconds: number): Promise<DjangoUserId> =>
      bench.add({ ...linked(), sealedPassword: token(seconds) });

    test('comes the oldest first, and those of one second in the order of their ids', async () => {
      const [third, first] = [await add(3_000), await add(1_000)];
      const second: DjangoUserId[] = [];
      // From 9 to 11: in the order of numbers, not of texts.
      for (let count = 0; count < 12; count++) second.push(await add(2_000));
      const all = await bench.table.page({ before: 4_000 }, null, 100);
      expect(ids(all)).toEqual([first, ...second, third]);
      expect(all[0]).toEqual({ djangoUserId: first, mintedAt: 1_000 });
    });

    test('comes page by page, and nobody twice', async () => {
      for (let count = 0; count < 7; count++) await add(1_000 + Math.floor(count / 3));
      const all = ids(await bench.table.page({ before: 4_000 }, null, 100));
      const pages: string[] = [];
      for (let after: DueUser | null = null; ;) {
        const page: readonly DueUser[] = await bench.table.page({ before: 4_000 }, after, 2);
        pages.push(...ids(page));
        after = page.at(-1) ?? null;
        if (page.length === 0) break;
      }
      expect(pages).toEqual(all);
    });

    test('is those before a time, or after one, and never those of that very second', async () => {
      const [old, middle, young] = [await add(1_000), await add(2_000), await add(3_000)];
      expect(ids(await bench.table.page({ before: 2_000 }, null, 10))).toEqual([old]);
      expect(ids(await bench.table.page({ after: 2_000 }, null, 10))).toEqual([young]);
      expect(ids(await bench.table.page({ before: 2_001 }, null, 10))).toEqual([old, middle]);
    });

    test.each<[string, Omit<NewUser, 'email'>]>([
      ['is not active', { ...linked(), sealedPassword: token(1_000), active: false }],
      ['is not linked', { sealedPassword: token(1_000) }],
      ['is linked to nothing', { accountId: '', sealedPassword: token(1_000) }],
      ['has no password', linked()],
      ['has an empty text', { ...linked(), sealedPassword: '' }],
      ['has what is no token', { ...linked(), sealedPassword: 'garbage' }],
    ])('is not one who %s', async (_, user) => {
      const id = await bench.add(user);
      expect(await bench.table.page({ before: 9_000 }, null, 10)).toEqual([]);
      expect(await bench.table.agesOf([id])).toEqual([]);
    });

    test('tells the ages of those who are asked for', async () => {
      const [one, other] = [await add(1_000), await add(2_000)];
      await add(3_000);
      const ages = await bench.table.agesOf([other, one, '999999999' as DjangoUserId]);
      expect(new Map(ages.map(({ djangoUserId, mintedAt }) => [djangoUserId, mintedAt]))).toEqual(
        new Map([
          [one, 1_000],
          [other, 2_000],
        ]),
      );
    });

    test('tells them also where no row can have one of the keys', async () => {
      const [one, other] = [await add(1_000), await add(2_000)];
      const noKeys = ['6f9619ff-8b86-d011-b42d-00cf4fc964ff', '9223372036854775808'] as DjangoUserId[];
      const ages = await bench.table.agesOf([one, ...noKeys, other]);
      expect(ids(ages).toSorted()).toEqual([one, other].toSorted());
      expect(await bench.table.agesOf(noKeys)).toEqual([]);
    });

    test('counts the linked, active ones whose column holds no token', async () => {
      await add(1_000);
      await bench.add({ ...linked(), sealedPassword: 'garbage' });
      await bench.add({ ...linked(), sealedPassword: 'gAAAAA!' });
      await bench.add({ ...linked(), sealedPassword: '' });
      await bench.add({ ...linked(), sealedPassword: 'garbage', active: false });
      await bench.add({ sealedPassword: 'garbage' });
      expect(await bench.table.countUnreadable()).toBe(2);
    });
  });
}
