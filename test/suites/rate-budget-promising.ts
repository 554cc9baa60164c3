import { describe, expect, test } from '@jest/globals';
import { PLANS } from '../../activities/pacing/plans.ts';
import { MINUTE_MS, type Calls } from './rate-budget-calls.ts';

/** How much bulk work may be started, as the suite of the port `RateBudget` has it. */
export function budgetPromising({ budget, call, pass, says, take }: Calls): void {
  describe('promising', () => {
    test('as many rotations as the share of bulk work has room for, and no more', async () => {
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      await call('login', says(19, 5 * MINUTE_MS, 20));
      // 20 logins, of which 6 are left alone and one was made.
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 10 });
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 3 });
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 0, retryAfterSeconds: 1 });
    });

    test('a promise that is kept makes no room for another', async () => {
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 4 });
      for (let count = 0; count < 4; count++) await take(PLANS.rotate, 'bulk');
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 0 });
    });

    test('a promise that nobody comes for lapses with the shortest window', async () => {
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 1 });
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 0 });
      pass(2 * MINUTE_MS);
      expect(await budget().promise(PLANS.rotate, 10)).toMatchObject({ granted: 1 });
    });

    test('a promise that nobody comes for lapses also where others are made all the time', async () => {
      await call('login', { kind: 'unlimited' });
      await call('resetPassword', { kind: 'unlimited' });
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      // Of 100 requests 30 are left alone, and one was made.
      expect(await budget().promise(PLANS.rotate, 60)).toMatchObject({ granted: 60 });
      // LibreChat rounds: its window is a second longer than it says.
      for (let time = 0; time <= 2 * MINUTE_MS; time += MINUTE_MS / 4) {
        expect(await budget().promise(PLANS.rotate, 1)).toMatchObject({ granted: 1 });
        await take(PLANS.rotate, 'bulk');
        pass(MINUTE_MS / 4);
      }
      expect((await budget().promise(PLANS.rotate, 60)).granted).toBeGreaterThanOrEqual(50);
    });

    test('a promise is held for half a window at least', async () => {
      await call('login', { kind: 'unlimited' });
      await call('resetPassword', { kind: 'unlimited' });
      await call('requestPasswordReset', says(99, 2 * MINUTE_MS, 100));
      expect(await budget().promise(PLANS.rotate, 9)).toMatchObject({ granted: 9 });
      pass(MINUTE_MS - 1_000);
      expect(await budget().promise(PLANS.rotate, 60)).toMatchObject({ granted: 60 });
      // Those of the last moment too, which turn old in the next one.
      pass(MINUTE_MS - 1_000);
      expect(await budget().promise(PLANS.rotate, 60)).toMatchObject({ granted: 0 });
    });

    test('where nothing is left, the wait is until the window ends that is in the way', async () => {
      await call('requestPasswordReset', says(1, 80_000, 2));
      const { granted, retryAfterSeconds } = await budget().promise(PLANS.rotate, 10);
      expect(granted).toBe(0);
      expect(retryAfterSeconds).toBeGreaterThanOrEqual(80);
      expect(retryAfterSeconds).toBeLessThanOrEqual(82);
    });

    test('without limits all that is asked for', async () => {
      for (const route of ['login', 'requestPasswordReset', 'resetPassword'] as const)
        await call(route, { kind: 'unlimited' });
      expect(await budget().promise(PLANS.rotate, 500)).toEqual({ granted: 500, retryAfterSeconds: 0 });
    });
  });
}
