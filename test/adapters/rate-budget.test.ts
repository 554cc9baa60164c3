import { randomUUID } from 'node:crypto';
import { rateBudgetSuite } from '../suites/rate-budget.ts';
import { createRateBudget } from '../../activities/adapters/rate-budget.ts';
import { Secret } from '../../contract/secret.ts';
import { redisUrl } from '../setup/parts.ts';

rateBudgetSuite({
  async create() {
    const clock = { now: 1_800_000_000_123 };
    const budget = createRateBudget({
      url: new Secret(redisUrl()),
      libreChatUrl: `http://${randomUUID()}`,
      now: () => clock.now,
    });
    return { budget, clock, close: () => budget.disconnect() };
  },
});
