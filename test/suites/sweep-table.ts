import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SweepTable } from '../../activities/sweep/ports.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { NewUser } from '../../tools/database/user-database.ts';

/** A table, and how to fill it. */
export interface SweepTableBench {
  readonly table: SweepTable;
  readonly add: (user: Omit<NewUser, 'email'>) => Promise<DjangoUserId>;
  /** Takes all rows away. */
  readonly clear: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const ALL = { after: null, upTo: null } as const;
const SYNCED = new Date('2026-01-01T00:00:00Z');
let accounts = 0;
const linked = (): { accountId: string } => ({ accountId: (++accounts).toString(16).padStart(24, '0') });
const sealed = { sealedPassword: 'gAAAAABsealed' } as const;

/** What holds for the sweep's view of the user table, wherever it is. */
export function sweepTableSuite({ create }: { readonly create: () => Promise<SweepTableBench> }): void {
  describe('the rows that are due', () => {
    let bench: SweepTableBench;
    beforeAll(async () => {
      bench = await create();
    });
    beforeEach(() => bench.clear());
    afterAll(() => bench.close());

    test.each<[string, Omit<NewUser, 'email'>, readonly string[]]>([
      ['nobody has begun with', {}, ['provision']],
      ['has a password, and no account', sealed, ['provision']],
      ['has an account, and no password', linked(), ['provision']],
      ['has empty texts', { accountId: '', sealedPassword: '' }, ['provision']],
      ['agrees with LibreChat', { ...linked(), ...sealed, syncedAt: SYNCED }, []],
      ['is in doubt', { ...linked(), ...sealed, syncedAt: null }, ['repair']],
      ['is not active, and has nothing', { active: false }, []],
      ['is not active, and has an empty text', { active: false, sealedPassword: '' }, []],
      ['is not active, and has a password', { active: false, ...sealed }, ['suspend']],
      [
        'is not active, and is linked',
        { active: false, ...linked(), ...sealed, syncedAt: SYNCED },
        ['suspend'],
      ],
      ['is not active, and was suspended', { active: false, ...linked() }, []],
      ['is not active, and in doubt', { active: false, ...linked(), ...sealed }, ['suspend']],
    ])('tell of one who %s', async (_, user, classes) => {
      const id = await bench.add(user);
      const found: string[] = [];
      for (const rows of ['provision', 'repair', 'suspend'] as const)
        if ((await bench.table.due(rows, ALL, 10)).includes(id)) found.push(rows);
      expect(found).toEqual(classes);
    });

    test('come in the order of their ids, as many as asked for, between two ends', async () => {
      const ids: DjangoUserId[] = [];
      // From 9 to 11: in the order of numbers, not of texts.
      for (let count = 0; count < 12; count++) ids.push(await bench.add({}));
      await bench.add({ active: false });
      const due = (after: number | null, upTo: number | null, limit = 100): Promise<readonly string[]> =>
        bench.table.due(
          'provision',
          {
            after: after === null ? null : (ids[after] ?? null),
            upTo: upTo === null ? null : (ids[upTo] ?? null),
          },
          limit,
        );
      expect(await due(null, null)).toEqual(ids);
      expect(await due(null, null, 5)).toEqual(ids.slice(0, 5));
      expect(await due(4, null, 5)).toEqual(ids.slice(5, 10));
      expect(await due(null, 3)).toEqual(ids.slice(0, 4));
      expect(await due(2, 9)).toEqual(ids.slice(3, 10));
      expect(await due(9, 9)).toEqual([]);
      expect(await due(11, null)).toEqual([]);
    });
  });
}
