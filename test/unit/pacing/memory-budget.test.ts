import { describe, expect, test } from '@jest/globals';
import { MemoryBudget } from '../../../activities/pacing/memory-budget.ts';
import { rateBudgetSuite } from '../../suites/rate-budget.ts';

rateBudgetSuite({
  async create() {
    const clock = { now: 1_800_000_000_123 };
    const budget = new MemoryBudget({ now: () => clock.now });
    return { budget, clock, plansHeld: async () => budget.plansHeld, close: async () => undefined };
  },
});

describe('one of three workers that do not know of each other', () => {
  const create = (): MemoryBudget => new MemoryBudget({ workers: 3 });

  test('takes a third of each limit, and at least one call', async () => {
    const budget = create();
    expect(
      await budget.take({ login: 2, register: 1, requestPasswordReset: 1 }, 'interactive'),
    ).toMatchObject({
      granted: true,
    });
    expect(await budget.take({ login: 1 }, 'interactive')).toMatchObject({ granted: false });
  });

  test('is not held up by what the others called, as long as LibreChat has calls left', async () => {
    const budget = create();
    const taken = await budget.take({ login: 1 }, 'interactive');
    const windowEnd = Math.ceil(Date.now() / 1_000) + 60;
    const answer = {
      kind: 'limits',
      limit: 7,
      remaining: 1,
      resetInMs: 60_000,
      windowEnd,
      saidAt: windowEnd - 60,
    };
    await budget.learn('login', { ...answer, kind: 'limits' }, taken.granted ? taken.lease : '');
    expect(await budget.take({ login: 1 }, 'interactive')).toMatchObject({ granted: true });
    expect(await budget.take({ login: 1 }, 'interactive')).toMatchObject({ granted: false });
  });
});
