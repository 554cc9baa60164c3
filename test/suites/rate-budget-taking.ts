import { describe, expect, test } from '@jest/globals';
import { PLANS } from '../../activities/pacing/plans.ts';
import { LEASE_MS } from '../../activities/pacing/rules.ts';
import { MINUTE_MS, type Calls } from './rate-budget-calls.ts';

/** What is granted, and what comes back, as the suite of the port `RateBudget` has it. */
export function budgetTaking({ budget, call, pass, plansHeld, says, take, takeAll }: Calls): void {
  describe('before LibreChat has said anything', () => {
    test.each([
      ['login', 7, 5],
      ['register', 5, 60],
      ['requestPasswordReset', 2, 2],
    ] as const)('%s has LibreChat’s default of %i in %i min', async (route, limit, minutes) => {
      const known = (await budget().limits())[route];
      expect(known).toMatchObject({ limit, windowMs: minutes * MINUTE_MS, limitLearned: false });
      expect((await takeAll({ [route]: 1 })).count).toBe(limit);
    });

    test('resetPassword has no limit', async () => {
      expect((await budget().limits()).resetPassword.limit).toBeNull();
      await take({ resetPassword: 1_000 });
    });

    test('what is only held by others may be free in a second', async () => {
      await take({ login: 7 });
      expect(await budget().take({ login: 1 }, 'interactive')).toEqual({
        granted: false,
        retryAfterSeconds: 1,
      });
    });
  });

  describe('taking', () => {
    test('a plan is taken as a whole or not at all', async () => {
      await take({ requestPasswordReset: 2 });
      expect(await budget().take(PLANS.openLinked, 'interactive')).toMatchObject({ granted: false });
      expect((await takeAll({ login: 1 })).count).toBe(7);
    });

    test('a plan for more than there ever is takes what there is', async () => {
      await call('login', says(0, MINUTE_MS, 1));
      pass(2 * MINUTE_MS);
      expect(await budget().take(PLANS.openUnlinked, 'interactive')).toMatchObject({ granted: true });
    });

    test('bulk work leaves a share to interactive work: 3 of 7, 2 of 5, 1 of 2', async () => {
      expect((await takeAll({ login: 1 }, 'bulk')).count).toBe(4);
      expect((await takeAll({ register: 1 }, 'bulk')).count).toBe(3);
      expect((await takeAll({ requestPasswordReset: 1 }, 'bulk')).count).toBe(1);
      expect((await takeAll({ login: 1 })).count).toBe(3);
    });

    test('what interactive work took is not added to the share of bulk work', async () => {
      await take({ login: 4 });
      expect(await budget().take({ login: 1 }, 'bulk')).toMatchObject({ granted: false });
    });

    test('a limit of one call is not kept from bulk work for ever', async () => {
      await call('requestPasswordReset', says(0, MINUTE_MS, 1));
      pass(2 * MINUTE_MS);
      expect(await budget().take({ requestPasswordReset: 1 }, 'bulk')).toMatchObject({ granted: true });
    });

    test('of 50 at once exactly as many are granted as there are calls', async () => {
      const all = await Promise.all(
        Array.from({ length: 50 }, () => budget().take({ login: 1 }, 'interactive')),
      );
      expect(all.filter(({ granted }) => granted)).toHaveLength(7);
    });
  });

  describe('giving back', () => {
    test('what was not called is there again', async () => {
      const lease = await take(PLANS.openUnlinked);
      await budget().learn('login', says(6, 5 * MINUTE_MS), lease);
      await budget().giveBack(lease);
      expect((await takeAll({ login: 1 })).count).toBe(6);
      expect((await takeAll({ register: 1 })).count).toBe(5);
    });

    test('what was called is not', async () => {
      const lease = await take({ login: 1 });
      await budget().learn('login', says(6, 5 * MINUTE_MS), lease);
      await budget().giveBack(lease);
      await budget().giveBack(lease);
      expect((await takeAll({ login: 1 })).count).toBe(6);
    });

    test('a plan is remembered until its last call was answered, and not longer', async () => {
      const lease = await take({ login: 2, register: 1 });
      const held: number[] = [];
      for (const route of ['login', 'register', 'login'] as const) {
        held.push(await plansHeld());
        await budget().learn(route, { kind: 'unsent' }, lease);
      }
      expect([...held, await plansHeld()]).toEqual([1, 1, 1, 0]);
    });

    test('many plans later no more is remembered than of those that are under way', async () => {
      await call('login', { kind: 'unlimited' });
      await take({ login: 1 });
      for (let count = 0; count < 100; count++) await call('login', { kind: 'unlimited' });
      expect(await plansHeld()).toBe(1);
    });

    test('what a dead worker held counts as called after a minute', async () => {
      await take({ login: 7 });
      pass(LEASE_MS);
      expect(await budget().take({ login: 1 }, 'interactive')).toEqual({
        granted: false,
        retryAfterSeconds: 5 * 60,
      });
      pass(5 * MINUTE_MS);
      expect((await takeAll({ login: 1 })).count).toBe(7);
    });
  });
}
