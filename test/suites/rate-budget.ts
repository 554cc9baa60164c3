import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PLANS } from '../../activities/pacing/plans.ts';
import type {
  CallPlan,
  LimitedRoute,
  RateBudget,
  RouteAnswer,
  WorkKind,
} from '../../activities/pacing/ports.ts';
import { LEASE_MS } from '../../activities/pacing/rules.ts';

/** A budget that nothing is known to yet, on a clock that only tests move. */
export interface RateBudgetBundle {
  readonly budget: RateBudget;
  readonly clock: { now: number };
  /** Plans that it remembers. */
  readonly plansHeld: () => Promise<number>;
  readonly close: () => Promise<void>;
}

const MINUTE_MS = 60_000;
/** Any time; LibreChat's clock says another one. */
const LIBRECHAT_IS_AHEAD_SECONDS = 1_000;

type Limits = Extract<RouteAnswer, { kind: 'limits' }>;

/** What every implementation of the port `RateBudget` holds to. */
export function rateBudgetSuite({ create }: { readonly create: () => Promise<RateBudgetBundle> }): void {
  let bundle: RateBudgetBundle;
  let budget: RateBudget;
  beforeEach(async () => {
    bundle = await create();
    ({ budget } = bundle);
  });
  afterEach(() => bundle.close());

  const pass = (ms: number): void => void (bundle.clock.now += ms);

  /** As LibreChat answers: a window that ends `endsInMs` from now, of which so many calls are left. */
  function says(remaining: number, endsInMs: number, limit = 7): Limits {
    const saidAt = Math.floor(bundle.clock.now / 1_000) + LIBRECHAT_IS_AHEAD_SECONDS;
    const windowEnd = Math.ceil((bundle.clock.now + endsInMs) / 1_000) + LIBRECHAT_IS_AHEAD_SECONDS;
    return { kind: 'limits', limit, remaining, resetInMs: (windowEnd - saidAt) * 1_000, windowEnd, saidAt };
  }

  async function take(plan: CallPlan, kind: WorkKind = 'interactive'): Promise<string> {
    const taken = await budget.take(plan, kind);
    if (!taken.granted) throw new Error(`Refused for ${taken.retryAfterSeconds} s`);
    return taken.lease;
  }

  /** Takes plans until one is refused. */
  async function takeAll(plan: CallPlan, kind: WorkKind = 'interactive') {
    for (let count = 0; ; count++) {
      const taken = await budget.take(plan, kind);
      if (!taken.granted) return { count, retryAfterSeconds: taken.retryAfterSeconds };
    }
  }

  /** Makes one call that LibreChat answers so. */
  async function call(route: LimitedRoute, answer: RouteAnswer): Promise<void> {
    await budget.learn(route, answer, await take({ [route]: 1 }));
  }

  describe('before LibreChat has said anything', () => {
    test.each([
      ['login', 7, 5],
      ['register', 5, 60],
      ['requestPasswordReset', 2, 2],
    ] as const)('%s has LibreChat’s default of %i in %i min', async (route, limit, minutes) => {
      const known = (await budget.limits())[route];
      expect(known).toMatchObject({ limit, windowMs: minutes * MINUTE_MS, limitLearned: false });
      expect((await takeAll({ [route]: 1 })).count).toBe(limit);
    });

    test('resetPassword has no limit', async () => {
      expect((await budget.limits()).resetPassword.limit).toBeNull();
      await take({ resetPassword: 1_000 });
    });

    test('what is only held by others may be free in a second', async () => {
      await take({ login: 7 });
      expect(await budget.take({ login: 1 }, 'interactive')).toEqual({
        granted: false,
        retryAfterSeconds: 1,
      });
    });
  });

  describe('taking', () => {
    test('a plan is taken as a whole or not at all', async () => {
      await take({ requestPasswordReset: 2 });
      expect(await budget.take(PLANS.openLinked, 'interactive')).toMatchObject({ granted: false });
      expect((await takeAll({ login: 1 })).count).toBe(7);
    });

    test('a plan for more than there ever is takes what there is', async () => {
      await call('login', says(0, MINUTE_MS, 1));
      pass(2 * MINUTE_MS);
      expect(await budget.take(PLANS.openUnlinked, 'interactive')).toMatchObject({ granted: true });
    });

    test('bulk work leaves a share to interactive work: 3 of 7, 2 of 5, 1 of 2', async () => {
      expect((await takeAll({ login: 1 }, 'bulk')).count).toBe(4);
      expect((await takeAll({ register: 1 }, 'bulk')).count).toBe(3);
      expect((await takeAll({ requestPasswordReset: 1 }, 'bulk')).count).toBe(1);
      expect((await takeAll({ login: 1 })).count).toBe(3);
    });

    test('what interactive work took is not added to the share of bulk work', async () => {
      await take({ login: 4 });
      expect(await budget.take({ login: 1 }, 'bulk')).toMatchObject({ granted: false });
    });

    test('a limit of one call is not kept from bulk work for ever', async () => {
      await call('requestPasswordReset', says(0, MINUTE_MS, 1));
      pass(2 * MINUTE_MS);
      expect(await budget.take({ requestPasswordReset: 1 }, 'bulk')).toMatchObject({ granted: true });
    });

    test('of 50 at once exactly as many are granted as there are calls', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => budget.take({ login: 1 }, 'interactive')),
      );
      expect(all.filter(({ granted }) => granted)).toHaveLength(7);
    });
  });

  describe('giving back', () => {
    test('what was not called is there again', async () => {
      const lease = await take(PLANS.openUnlinked);
      await budget.learn('login', says(6, 5 * MINUTE_MS), lease);
      await budget.giveBack(lease);
      expect((await takeAll({ login: 1 })).count).toBe(6);
      expect((await takeAll({ register: 1 })).count).toBe(5);
    });

    test('what was called is not', async () => {
      const lease = await take({ login: 1 });
      await budget.learn('login', says(6, 5 * MINUTE_MS), lease);
      await budget.giveBack(lease);
      await budget.giveBack(lease);
      expect((await takeAll({ login: 1 })).count).toBe(6);
    });

    test('a plan is remembered until its last call was answered, and not longer', async () => {
      const lease = await take({ login: 2, register: 1 });
      const held: number[] = [];
      for (const route of ['login', 'register', 'login'] as const) {
        held.push(await bundle.plansHeld());
        await budget.learn(route, { kind: 'unsent' }, lease);
      }
      expect([...held, await bundle.plansHeld()]).toEqual([1, 1, 1, 0]);
    });

    test('many plans later no more is remembered than of those that are under way', async () => {
      await call('login', { kind: 'unlimited' });
      await take({ login: 1 });
      for (let count = 0; count < 100; count++) await call('login', { kind: 'unlimited' });
      expect(await bundle.plansHeld()).toBe(1);
    });

    test('what a dead worker held counts as called after a minute', async () => {
      await take({ login: 7 });
      pass(LEASE_MS);
      expect(await budget.take({ login: 1 }, 'interactive')).toEqual({
        granted: false,
        retryAfterSeconds: 5 * 60,
      });
      pass(5 * MINUTE_MS);
      expect((await takeAll({ login: 1 })).count).toBe(7);
    });
  });

  describe('learning', () => {
    test('the last answer of a plan tells of what was lost before the plan, too', async () => {
      await call('login', says(6, 5 * MINUTE_MS));
      await call('login', { kind: 'unknown' });
      pass(2_000);
      await call('login', says(5, 5 * MINUTE_MS - 2_000));
      expect((await takeAll({ login: 1 })).count).toBe(5);
    });

    test('another limit is adopted', async () => {
      await call('login', says(99_999, MINUTE_MS, 100_000));
      expect((await budget.limits()).login).toMatchObject({ limit: 100_000, limitLearned: true });
      await take({ login: 99_999 });
    });

    test('what others called at LibreChat counts too', async () => {
      await call('login', says(2, 5 * MINUTE_MS));
      expect((await takeAll({ login: 1 })).count).toBe(2);
    });

    test('an answer that was overtaken by a later one gives nothing back', async () => {
      const [first, second] = [await take({ login: 1 }), await take({ login: 1 })];
      const early = says(6, 5 * MINUTE_MS);
      await budget.learn('login', says(5, 5 * MINUTE_MS), second);
      await budget.learn('login', early, first);
      expect((await takeAll({ login: 1 })).count).toBe(5);
    });

    test('the window of the first call shows how long windows are, whatever LibreChat’s clock says', async () => {
      await call('login', says(6, 30_000));
      const { windowMs, windowLearned } = (await budget.limits()).login;
      expect(windowLearned).toBe(true);
      expect(windowMs).toBeGreaterThanOrEqual(30_000);
      expect(windowMs).toBeLessThanOrEqual(32_000);
    });

    test('when all calls are used, the wait is until the end of the window', async () => {
      await call('login', says(0, 42_000));
      const { retryAfterSeconds } = await takeAll({ login: 1 });
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(42);
      expect(retryAfterSeconds).toBeLessThanOrEqual(44);
      pass(retryAfterSeconds * 1_000);
      expect((await takeAll({ login: 1 })).count).toBe(7);
    });

    test('a call that was taken before the end of a window and not answered yet counts in the next', async () => {
      await call('login', says(3, 10_000));
      await take({ login: 2 });
      pass(12_000);
      expect((await takeAll({ login: 1 })).count).toBe(5);
    });

    test('an answer from a newer window is believed, but for the calls that are on their way', async () => {
      await call('login', says(0, 10_000));
      pass(12_000);
      const lease = await take({ login: 3 });
      await budget.learn('login', says(6, 5 * MINUTE_MS), lease);
      expect((await takeAll({ login: 1 })).count).toBe(4);
    });

    test('an end that is earlier than known is believed when it was said later: LibreChat was restarted', async () => {
      const [first, second] = [await take({ login: 1 }), await take({ login: 1 })];
      await budget.learn('login', says(0, 5 * MINUTE_MS), first);
      pass(2_000);
      await budget.learn('login', says(6, MINUTE_MS), second);
      expect((await takeAll({ login: 1 })).count).toBe(6);
    });

    test('a 429 stops all calls for as long as it says', async () => {
      await call('login', { kind: 'refused', retryInMs: 90_000 });
      expect(await takeAll({ login: 1 })).toEqual({ count: 0, retryAfterSeconds: 90 });
      pass(90_000);
      await take({ login: 1 });
    });

    test('a 429 of a route that had no limit makes one', async () => {
      await call('resetPassword', { kind: 'refused', retryInMs: 90_000 });
      expect(await takeAll({ resetPassword: 1 })).toEqual({ count: 0, retryAfterSeconds: 90 });
    });

    test('an answer without limits means that there is none, until one comes with them', async () => {
      await call('login', { kind: 'unlimited' });
      await take({ login: 1_000 });
      await call('login', says(6, 5 * MINUTE_MS));
      expect(await budget.take({ login: 7 }, 'interactive')).toMatchObject({ granted: false });
    });

    test('a call that was never sent costs nothing, one without an answer may have been counted', async () => {
      await call('login', { kind: 'unsent' });
      await call('login', { kind: 'unknown' });
      expect(await takeAll({ login: 1 })).toMatchObject({ count: 6 });
    });

    test('with the clock of LibreChat a window is never thought to end too early', async () => {
      await call('login', says(6, 30_700));
      pass(30_700);
      await call('login', says(6, 30_700));
      await call('login', says(0, 30_700));
      pass(30_699);
      expect(await budget.take({ login: 1 }, 'interactive')).toMatchObject({ granted: false });
    });
  });

  describe('promising', () => {
    test('as many rotations as the share of bulk work has room for, and no more', async () => {
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      await call('login', says(19, 5 * MINUTE_MS, 20));
      // 20 logins, of which 6 are left alone and one was made.
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 10 });
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 3 });
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 0, retryAfterSeconds: 1 });
    });

    test('a promise that is kept makes no room for another', async () => {
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 4 });
      for (let count = 0; count < 4; count++) await take(PLANS.rotate, 'bulk');
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 0 });
    });

    test('a promise that nobody comes for lapses with the shortest window', async () => {
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 1 });
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 0 });
      pass(2 * MINUTE_MS);
      expect(await budget.promise(PLANS.rotate, 10)).toMatchObject({ granted: 1 });
    });

    test('where nothing is left, the wait is until the window ends that is in the way', async () => {
      await call('requestPasswordReset', says(1, 80_000, 2));
      const { granted, retryAfterSeconds } = await budget.promise(PLANS.rotate, 10);
      expect(granted).toBe(0);
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(80);
      expect(retryAfterSeconds).toBeLessThanOrEqual(82);
    });

    test('without limits all that is asked for', async () => {
      for (const route of ['login', 'requestPasswordReset', 'resetPassword'] as const)
        await call(route, { kind: 'unlimited' });
      expect(await budget.promise(PLANS.rotate, 500)).toEqual({ granted: 500, retryAfterSeconds: 0 });
    });
  });
}
