import { describe, expect, test } from '@jest/globals';
import { findDue } from '../../../activities/fleet/find-due.ts';
import { createKeyRing } from '../../../activities/adapters/fernet.ts';
import type { FleetServices } from '../../../activities/fleet/services.ts';
import { dueBefore, latestDueBefore, shardOf, type DueRule } from '../../../contract/due.ts';
import { parseAccountId, parseDjangoUserId } from '../../../contract/ids.ts';
import { Secret } from '../../../contract/secret.ts';
import { newKey } from '../../../tools/world.ts';
import { dueRule, layOut, reasonOf, windowOf } from '../../../workflows/fleet/plan.ts';
import { FakeFleetTable } from '../../fakes/fleet-table.ts';
import { FakeUserTable } from '../../fakes/user-table.ts';

const DAY = 86_400;
const NOW = 1_800_000_000;
const rule: DueRule = { startedAt: NOW, periodSeconds: 30 * DAY };
const users = Array.from({ length: 5_000 }, (_, index) => String(index + 1));

describe('the age at which a password is due', () => {
  test('is the period, 10 % more or less by the user, evenly', () => {
    const ages = users.map((user) => (NOW - dueBefore(rule, user)) / DAY);
    expect(Math.min(...ages)).toBeGreaterThanOrEqual(27);
    expect(Math.max(...ages)).toBeLessThanOrEqual(33);
    // Users who were imported on one day fall due on six.
    for (let day = 27; day < 33; day++) {
      const share = ages.filter((age) => age >= day && age < day + 1).length / users.length;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.25);
    }
    expect(latestDueBefore(rule)).toBeGreaterThanOrEqual(
      Math.max(...users.map((user) => dueBefore(rule, user))),
    );
  });

  test('is none in an incident and in a list: whatever was minted before the run, in the same second too', () => {
    for (const mode of ['incident', 'list'] as const) {
      const { startedAt, periodSeconds } = dueRule({ mode }, NOW * 1_000 + 1);
      expect({ startedAt, periodSeconds }).toEqual({ startedAt: NOW + 1, periodSeconds: 0 });
      expect(dueBefore({ startedAt, periodSeconds }, '7')).toBe(NOW + 1);
    }
  });

  test('does not go together with the shard', () => {
    const early = users.filter((user) => dueBefore(rule, user) > NOW - 28 * DAY);
    const inFirst = early.filter((user) => shardOf(user, 8) === 0).length / early.length;
    expect(inFirst).toBeGreaterThan(0.08);
    expect(inFirst).toBeLessThan(0.18);
  });
});

describe('the shards of a run', () => {
  test('are even, and each user has one', () => {
    const sizes = Array.from(
      { length: 8 },
      (_, shard) => users.filter((user) => shardOf(user, 8) === shard).length,
    );
    expect(sizes.reduce((sum, size) => sum + size)).toBe(users.length);
    expect(Math.min(...sizes)).toBeGreaterThan(500);
  });

  test.each([
    [0, 0],
    [1, 1],
    [25, 1],
    [26, 2],
    [200, 8],
    [1_000_000, 8],
  ])('over %i users are %i', (due, shards) => {
    expect(layOut(due)).toHaveLength(shards);
  });

  test.each([
    [1, 16],
    [2, 8],
    [8, 2],
  ])('have, where there are %i, a window of %i each', (shards, window) => {
    expect(windowOf(shards)).toBe(window);
  });

  test('rotate by the reason of the mode', () => {
    expect((['due', 'incident', 'list'] as const).map((mode) => reasonOf({ mode }))).toEqual([
      'scheduled',
      'incident',
      'manual',
    ]);
  });
});

describe('a page of due users', () => {
  const key = new Secret(newKey());
  const token = (seconds: number): string =>
    createKeyRing(key, { now: () => seconds * 1_000 }).seal(new Secret('a password'));

  function setUp(
    count: number,
    options: { mintedAt?: number; room?: number; trouble?: 'Unrecognized' } = {},
  ) {
    const userTable = new FakeUserTable();
    for (let id = 1; id <= count; id++)
      userTable.put({
        djangoUserId: parseDjangoUserId(String(id)),
        accountId: parseAccountId(id.toString(16).padStart(24, '0')),
        syncedAt: new Date(),
        sealedPassword: token(options.mintedAt ?? NOW - 100 * DAY + id),
      });
    const asked: number[] = [];
    let trusted = false;
    const services: FleetServices = {
      fleetTable: new FakeFleetTable(userTable),
      userTable,
      rotationBudget: {
        async admit(want) {
          asked.push(want);
          return { granted: Math.min(want, options.room ?? want), retryAfterSeconds: 7 };
        },
        trouble: () => (trusted ? undefined : options.trouble),
        trust() {
          trusted = true;
        },
      },
    };
    type Search = Parameters<typeof findDue>[2];
    const search: Search = {
      rule,
      shard: 0,
      shards: 1,
      after: null,
      future: false,
      limit: 20,
      rotated: [],
      now: NOW,
    };
    const find = (changes: Partial<Search> = {}) =>
      findDue(services, async (given) => given.filter((user) => user === '2'), { ...search, ...changes });
    return { userTable, find, asked };
  }

  const idsOf = ({ users }: Awaited<ReturnType<typeof findDue>>): readonly string[] =>
    users.map(({ djangoUserId }) => djangoUserId);

  test('has the oldest, and says where to go on', async () => {
    const { find } = setUp(50);
    const first = await find();
    expect(idsOf(first)).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
    expect(first).toMatchObject({ after: first.users.at(-1), exhausted: false, failedBefore: ['2'] });
    const last = await find({ after: (await find({ after: first.after })).after });
    expect(last).toMatchObject({ exhausted: true });
    expect(idsOf(last)).toHaveLength(10);
  });

  test('of all shards together has everybody once', async () => {
    const { find } = setUp(100);
    const pages = await Promise.all([0, 1, 2].map((shard) => find({ shard, shards: 3, limit: 100 })));
    const all = pages.flatMap(idsOf);
    expect([...all].sort((one, other) => Number(one) - Number(other))).toEqual(users.slice(0, 100));
  });

  test('has no more than there is room for, and nobody is passed over for that', async () => {
    const { find } = setUp(50, { room: 3 });
    const page = await find();
    expect(idsOf(page)).toEqual(['1', '2', '3']);
    expect(page).toMatchObject({ after: { djangoUserId: '3' }, exhausted: false, waitSeconds: 7 });
    const none = setUp(50, { room: 0 });
    expect(await none.find()).toMatchObject({ users: [], after: null, exhausted: false, waitSeconds: 7 });
  });

  test('is not looked for while LibreChat answers everything with one code', async () => {
    const { find, asked } = setUp(50, { trouble: 'Unrecognized' });
    expect(await find()).toMatchObject({ users: [], after: null, exhausted: false, trouble: 'Unrecognized' });
    expect(asked).toEqual([]);
  });

  test('is not told any more when an operator has said that it is over', async () => {
    const { find } = setUp(50, { trouble: 'Unrecognized' });
    expect(await find({ resumed: true })).not.toHaveProperty('trouble');
    expect(idsOf(await find())).toHaveLength(20);
  });

  test('has nobody twice whose row was put in order meanwhile, and puts in doubt whose old password is back', async () => {
    const { find, userTable } = setUp(3);
    const page = await find({ limit: 0, rotated: ['1', '2'] });
    expect(page).toMatchObject({ users: [], drift: 2 });
    const inDoubt = [...userTable.rows.values()].filter(({ syncedAt }) => syncedAt === null);
    expect(inDoubt.map(({ djangoUserId }) => djangoUserId)).toEqual(['1', '2']);
  });

  test('has those of the future, by a clock that was wrong, in the phase after that', async () => {
    const { find } = setUp(5, { mintedAt: NOW + 10 * DAY });
    expect(await find()).toMatchObject({ users: [], exhausted: true });
    expect(idsOf(await find({ future: true }))).toHaveLength(5);
  });

  test('has nobody of the future that the run has reached meanwhile, and finds no old password in a new one', async () => {
    const { find, userTable } = setUp(3, { mintedAt: NOW + 2 * DAY });
    const now = NOW + 2 * DAY + 60;
    expect(await find({ future: true, now })).toMatchObject({ users: [], exhausted: true });
    expect(await find({ limit: 0, rotated: ['1', '2', '3'], now })).toMatchObject({ drift: 0 });
    expect([...userTable.rows.values()].every(({ syncedAt }) => syncedAt !== null)).toBe(true);
  });

  test('of a list has those who are due of it, in its order, and goes on after them', async () => {
    const { find } = setUp(30);
    const among = ['9', '404', '3', '7'];
    const first = await find({ among, limit: 3 });
    expect(idsOf(first)).toEqual(['9', '3']);
    const second = await find({ among, limit: 3, after: first.after });
    expect(idsOf(second)).toEqual(['7']);
    expect(second.exhausted).toBe(true);
  });
});
