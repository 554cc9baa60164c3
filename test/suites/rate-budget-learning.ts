import { describe, expect, test } from '@jest/globals';
import { MINUTE_MS, type Calls } from './rate-budget-calls.ts';

/** What LibreChat’s answers change, as the suite of the port `RateBudget` has it. */
export function budgetLearning({ budget, call, pass, says, take, takeAll }: Calls): void {
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
      expect((await budget().limits()).login).toMatchObject({ limit: 100_000, limitLearned: true });
      await take({ login: 99_999 });
    });

    test('what others called at LibreChat counts too', async () => {
      await call('login', says(2, 5 * MINUTE_MS));
      expect((await takeAll({ login: 1 })).count).toBe(2);
    });

    test('an answer that was overtaken by a later one gives nothing back', async () => {
      const [first, second] = [await take({ login: 1 }), await take({ login: 1 })];
      const early = says(6, 5 * MINUTE_MS);
      await budget().learn('login', says(5, 5 * MINUTE_MS), second);
      await budget().learn('login', early, first);
      expect((await takeAll({ login: 1 })).count).toBe(5);
    });

    test('the window of the first call shows how long windows are, whatever LibreChat’s clock says', async () => {
      await call('login', says(6, 30_000));
      const { windowMs, windowLearned } = (await budget().limits()).login;
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
      await budget().learn('login', says(6, 5 * MINUTE_MS), lease);
      expect((await takeAll({ login: 1 })).count).toBe(4);
    });

    test('an end that is earlier than known is believed when it was said later: LibreChat was restarted', async () => {
      const [first, second] = [await take({ login: 1 }), await take({ login: 1 })];
      await budget().learn('login', says(0, 5 * MINUTE_MS), first);
      pass(2_000);
      await budget().learn('login', says(6, MINUTE_MS), second);
      expect((await takeAll({ login: 1 })).count).toBe(6);
    });

    test('what is said after LibreChat’s clock was set back by an hour is believed at once', async () => {
      await call('login', says(6, 5 * MINUTE_MS));
      const { saidAt, windowEnd, ...answer } = says(0, 5 * MINUTE_MS);
      await call('login', { ...answer, saidAt: saidAt - 3_600, windowEnd: windowEnd - 3_600 });
      expect((await takeAll({ login: 1 })).count).toBe(0);
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
      expect(await budget().take({ login: 7 }, 'interactive')).toMatchObject({ granted: false });
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
      expect(await budget().take({ login: 1 }, 'interactive')).toMatchObject({ granted: false });
    });
  });
}
