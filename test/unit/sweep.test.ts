import { beforeEach, describe, expect, test } from '@jest/globals';
import { findWork, MOST_STARTS } from '../../activities/sweep/find-work.ts';
import { nextAttemptAt } from '../../activities/sweep/next-attempt.ts';
import type { KnownRuns, RunIndex, VainAttempt } from '../../activities/sweep/ports.ts';
import { chooseToWake, MOST_WOKEN } from '../../activities/sweep/wake.ts';
import { PAGE_ROWS } from '../../activities/sweep/walk.ts';
import { BridgeError, type ErrorCode } from '../../contract/errors.ts';
import { accountWorkflowId, parseDjangoUserId, signOutWorkflowId } from '../../contract/ids.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import {
  SWEEP_CLASSES,
  type BlockedRun,
  type FoundWork,
  type SweepClass,
  type SweepCursors,
} from '../../contract/sweep.ts';
import { FakeSessionStore } from '../fakes/session-store.ts';
import { FakeSweepTable } from '../fakes/sweep-table.ts';
import { FakeUserTable } from '../fakes/user-table.ts';
import { sessionNamed } from '../suites/session-store.ts';

const NOW = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe('the next attempt for a user for whom some were in vain', () => {
  const ended = (code: ErrorCode | undefined, minutes: readonly number[]): VainAttempt[] =>
    minutes.map((count) => ({ endedAt: NOW - count * MINUTE_MS, ...(code === undefined ? {} : { code }) }));
  const ago = (...minutes: number[]): VainAttempt[] => ended(undefined, minutes);
  const unknown = (attempt: VainAttempt): VainAttempt => ({ ...attempt, code: 'FromTheFuture' });
  const down = (...minutes: number[]): VainAttempt[] => ended('ResetUnavailable', minutes);
  const refused = (...minutes: number[]): VainAttempt[] => ended('AccountMissing', minutes);
  test.each<[string, VainAttempt[], number]>([
    ['none', [], 0],
    ['one, this moment', ago(0), 1],
    ['one, 1 minute ago', ago(1), 0],
    ['two, the last one this moment', ago(1, 0), 2],
    ['four, in any order', ago(0, 7, 3, 1), 8],
    ['ten', ago(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 512],
    ['so many that the day is over before', ago(...Array.from({ length: 40 }, (_, index) => index)), 2_048],
    ['one that is forgotten', ago(24 * 60), 0],
    ['one that is forgotten, and one this moment', ago(25 * 60, 0), 1],
    ['three with a code of this user', refused(3, 2, 0), 4],
    ['three with a code that this version does not know', ago(3, 2, 0).map(unknown), 4],
    ['one with a code of the system', down(0), 1],
    ['ten with a code of the system', down(0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 1],
    ['ten with a code of the system, the last one 1 minute ago', down(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), 0],
    [
      'four of this user, and one of the system a moment after the last one',
      [...refused(9, 8, 7, 1), ...down(0)],
      7,
    ],
    ['two of this user, and many of the system after them', [...refused(30, 29), ...down(3, 2, 1, 0)], 1],
    ['two of this user after many of the system', [...down(6, 5, 4, 3), ...refused(1, 0)], 2],
  ])('after %s', (_, vain, minutes) => {
    expect(Math.max(0, nextAttemptAt(vain, NOW) - NOW)).toBe(minutes * MINUTE_MS);
  });
});

const QUEUES = { provision: 'bulk', repair: 'q', suspend: 'bulk', close: 'q' } as const;
const BEGINNING: SweepCursors = { provision: null, repair: null, suspend: null, close: null };
const id = (number: number): DjangoUserId => parseDjangoUserId(String(number));
const ids = (first: number, last: number): DjangoUserId[] =>
  Array.from({ length: last - first + 1 }, (_, index) => id(first + index));

let users: FakeUserTable;
let sessions: FakeSessionStore;
let runs: Map<string, KnownRuns>;
/** Attempts of each user that were in vain, by the class that they were for. */
let vainFor: Partial<Record<SweepClass, readonly VainAttempt[]>>;
let openRuns: number;
let temporalAway: boolean;
let lists: number;
let counts: number;
beforeEach(() => {
  users = new FakeUserTable();
  sessions = new FakeSessionStore();
  runs = new Map();
  vainFor = {};
  openRuns = 0;
  temporalAway = false;
  lists = counts = 0;
});

const index: RunIndex = {
  async openOf() {
    counts++;
    if (temporalAway) throw new BridgeError('TemporalUnavailable');
    return openRuns;
  },
  async runsOf(name, workflowIds) {
    lists++;
    if (temporalAway) throw new BridgeError('TemporalUnavailable');
    const vain = vainFor[name];
    if (vain !== undefined)
      return new Map(workflowIds.map((workflowId) => [workflowId, { open: false, vain }]));
    return new Map([...runs].filter(([workflowId]) => workflowIds.includes(workflowId)));
  },
};

function look(cursors: SweepCursors = BEGINNING, maxOpen = 200): Promise<FoundWork> {
  const services = { sweepTable: new FakeSweepTable(users), closingRecords: sessions };
  // Its time never runs out, however slow the machine: what then happens is tested in sweep-turns.
  const attempt = { now: NOW, assertHeld: () => undefined, clock: () => 0 };
  return findWork(services, index, { cursors, maxOpen, taskQueues: QUEUES }, attempt);
}

const cursorsOf = (found: FoundWork): SweepCursors =>
  Object.fromEntries(SWEEP_CLASSES.map((name) => [name, found[name].cursor])) as SweepCursors;

/** Rows that nobody has begun with. */
const addNew = (...added: DjangoUserId[]): void => {
  for (const djangoUserId of added) users.put({ djangoUserId });
};
const addInDoubt = (...added: DjangoUserId[]): void => {
  for (const djangoUserId of added)
    users.put({
      djangoUserId,
      sealedPassword: 'sealed',
      accountId: djangoUserId.padStart(24, '0') as AccountId,
    });
};
const open = (...opened: DjangoUserId[]): void => {
  for (const user of opened) runs.set(accountWorkflowId(user), { open: true, vain: [] });
};

describe('what a sweep finds', () => {
  test('is nothing where all is done, and nobody is asked about it', async () => {
    users.put({
      djangoUserId: id(1),
      accountId: '1'.padStart(24, '0') as AccountId,
      sealedPassword: 'x',
      syncedAt: new Date(),
    });
    const nothing = { users: [], open: 0, waiting: 0, cursor: null };
    expect(await look()).toEqual({
      provision: nothing,
      repair: nothing,
      suspend: nothing,
      close: nothing,
      wake: [],
      woken: [],
    });
    expect([lists, counts]).toEqual([0, 0]);
  });

  test('is each user in the class that the row says', async () => {
    addNew(id(1));
    addInDoubt(id(2));
    users.put({ djangoUserId: id(3), active: false, sealedPassword: 'sealed' });
    await sessions.publish(id(4), 0, sessionNamed('left'));
    await sessions.close(id(4));
    const found = await look();
    expect(SWEEP_CLASSES.map((name) => found[name].users)).toEqual([['1'], ['2'], ['3'], ['4']]);
  });

  test('leaves out those whom a workflow is working on, and those who were tried in vain a moment ago', async () => {
    addInDoubt(...ids(1, 4));
    open(id(1));
    runs.set(accountWorkflowId(id(2)), { open: false, vain: [{ endedAt: NOW - 10_000 }] });
    runs.set(accountWorkflowId(id(3)), { open: false, vain: [{ endedAt: NOW - HOUR_MS }] });
    const { repair } = await look();
    expect(repair).toEqual({ users: ['3', '4'], open: 1, waiting: 1, cursor: null });
  });

  test('is a suspension, however often the user was repaired in vain', async () => {
    users.put({ djangoUserId: id(1), active: false, sealedPassword: 'sealed' });
    addInDoubt(id(2));
    vainFor = { repair: ids(1, 10).map(() => ({ endedAt: NOW, code: 'AccountMissing' })) };
    const found = await look();
    expect(found.suspend).toMatchObject({ users: ['1'], waiting: 0 });
    expect(found.repair).toMatchObject({ users: [], waiting: 1 });
  });

  test('is a sign-out of a user whose account is worked on: that is another workflow', async () => {
    await sessions.publish(id(1), 0, sessionNamed('left'));
    await sessions.close(id(1));
    open(id(1));
    expect((await look()).close.users).toEqual(['1']);
    runs.set(signOutWorkflowId(id(1)), { open: true, vain: [] });
    expect((await look()).close).toMatchObject({ users: [], open: 1 });
  });
});

describe('blocked users at the front', () => {
  test('starve nobody behind them, not even for one run', async () => {
    addNew(...ids(1, 1_000), id(5_000));
    open(...ids(1, 1_000));
    expect((await look()).provision).toEqual({ users: ['5000'], open: 1_000, waiting: 0, cursor: null });
  });

  test('in a mass are walked through from run to run, and then the walk begins anew', async () => {
    addNew(...ids(1, 12_000));
    open(...ids(1, 12_000));
    let cursors = BEGINNING;
    const seen: number[] = [];
    for (let run = 0; run < 3; run++) {
      const found = await look(cursors);
      seen.push(found.provision.open);
      cursors = cursorsOf(found);
    }
    const perRun = 10 * PAGE_ROWS;
    expect(seen[0]).toBe(perRun);
    // Each run sees other rows: the third one comes over the end to where the second one had begun.
    expect(seen.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(12_000);
    addNew(id(13_000));
    const found = [await look(cursors), await look(cursorsOf(await look(cursors)))];
    expect(found.flatMap(({ provision }) => provision.users)).toContain('13000');
  });
});

describe('blocked provisionings', () => {
  const run = (user: DjangoUserId): BlockedRun => ({
    workflowId: accountWorkflowId(user),
    runId: `run-${user}`,
  });
  const block = (...blocked: DjangoUserId[]): void => {
    for (const user of blocked)
      runs.set(accountWorkflowId(user), { open: true, blocked: run(user), vain: [] });
  };

  test('are to be woken where the user was deactivated, and only there', async () => {
    addNew(id(1));
    addInDoubt(id(2));
    for (const user of ids(3, 4)) users.put({ djangoUserId: user, active: false, sealedPassword: 'sealed' });
    block(...ids(1, 3));
    open(id(4));
    const found = await look();
    expect(found.wake).toEqual([run(id(3))]);
    expect(found.suspend).toEqual({ users: [], open: 2, waiting: 0, cursor: null });
  });

  test.each<[string, DjangoUserId[], string[], number, { wake: DjangoUserId[]; woken: string[] }]>([
    ['none', [], [], 200, { wake: [], woken: [] }],
    ['each once', ids(1, 2), ['run-1'], 200, { wake: [id(2)], woken: ['run-1'] }],
    ['none that has ended', ids(2, 2), ['run-1'], 200, { wake: [id(2)], woken: [] }],
    ['so many at once', ids(1, 90), [], 200, { wake: ids(1, MOST_WOKEN), woken: [] }],
    ['no more than may be open', ids(1, 9), ['run-1'], 3, { wake: ids(2, 3), woken: ['run-1'] }],
    ['none while too many are', ids(1, 3), ['run-1', 'run-2'], 1, { wake: [], woken: ['run-1', 'run-2'] }],
  ])('are woken: %s', (_, blocked, before, maxOpen, { wake, woken }) => {
    expect(chooseToWake(blocked.map(run), before, maxOpen)).toEqual({ wake: wake.map(run), woken });
  });
});

describe('a mass', () => {
  test('is set going in portions, each user once', async () => {
    addInDoubt(...ids(1, 250));
    const started: string[] = [];
    let cursors = BEGINNING;
    for (let run = 0; run < 3; run++) {
      const found = await look(cursors);
      expect(found.repair.users.length).toBeLessThanOrEqual(MOST_STARTS.repair);
      started.push(...found.repair.users);
      open(...(found.repair.users as DjangoUserId[]));
      cursors = cursorsOf(found);
    }
    expect(started).toEqual(ids(1, 250));
  });

  test.each([
    [0, 150],
    [180, 20],
    [200, 0],
    [2_000, 0],
  ])('of new users waits in the table while %i provisionings are open: %i more', async (already, more) => {
    addNew(...ids(1, 1_000));
    openRuns = already;
    expect((await look()).provision.users).toHaveLength(more);
  });

  test('waits in whatever class, and says so', async () => {
    addInDoubt(...ids(1, 3));
    await sessions.publish(id(9), 0, sessionNamed('left'));
    await sessions.close(id(9));
    openRuns = 199;
    expect((await look()).repair).toEqual({ users: ['1'], open: 0, waiting: 0, cursor: '1', full: true });
    openRuns = 200;
    const found = await look();
    expect(found.repair).toEqual({ users: [], open: 0, waiting: 0, cursor: null, full: true });
    expect(found.close).toEqual({ users: [], open: 0, waiting: 0, cursor: null, full: true });
  });

  test('of sign-outs is gone through likewise, and nobody twice', async () => {
    for (const user of ids(1, 70)) {
      await sessions.publish(user, 0, sessionNamed('left'));
      await sessions.close(user);
    }
    const first = await look();
    // A step of this store is one user, and a run takes at most 50 of them.
    expect(first.close.users).toEqual(ids(1, 50));
    expect((await look(cursorsOf(first))).close.users).toEqual(ids(51, 70));
  });
});

describe('what is away', () => {
  test('PostgreSQL: its classes say so and keep their places, sign-outs go on', async () => {
    users.away = true;
    await sessions.publish(id(4), 0, sessionNamed('left'));
    await sessions.close(id(4));
    const found = await look({ ...BEGINNING, repair: '17', provision: '18' });
    expect(found.repair).toEqual({
      users: [],
      open: 0,
      waiting: 0,
      cursor: '17',
      skipped: 'DatabaseUnavailable',
    });
    expect(found.provision.cursor).toBe('18');
    // The workflow goes on with those whom it knows as woken.
    expect(found.woken).toBeUndefined();
    expect(found.close.users).toEqual(['4']);
  });

  test('Redis: sign-outs are skipped, the others go on', async () => {
    sessions.away = true;
    addInDoubt(id(1));
    const found = await look({ ...BEGINNING, close: '7' });
    expect(found.close).toMatchObject({ users: [], cursor: '7', skipped: 'SessionStoreUnavailable' });
    expect(found.repair.users).toEqual(['1']);
  });

  test('Temporal’s lists: repairs go on, of provisionings nobody knows how many are open; it is asked once', async () => {
    temporalAway = true;
    addNew(id(1));
    addInDoubt(...ids(2, 700));
    const found = await look();
    expect(found.provision).toMatchObject({ users: [], skipped: 'TemporalUnavailable' });
    expect(found.repair.users).toHaveLength(MOST_STARTS.repair);
    expect(lists).toBe(1);
  });

  test('a cursor that nobody understands begins anew', async () => {
    addInDoubt(id(1));
    expect((await look({ ...BEGINNING, repair: 'garbage' })).repair.users).toEqual(['1']);
  });
});
