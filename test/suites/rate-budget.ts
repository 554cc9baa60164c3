import { afterEach, beforeEach } from '@jest/globals';
import { callsOn, type RateBudgetBundle } from './rate-budget-calls.ts';
import { budgetLearning } from './rate-budget-learning.ts';
import { budgetPromising } from './rate-budget-promising.ts';
import { budgetTaking } from './rate-budget-taking.ts';

/** What every implementation of the port `RateBudget` holds to. */
export function rateBudgetSuite({ create }: { readonly create: () => Promise<RateBudgetBundle> }): void {
  let bundle: RateBudgetBundle;
  beforeEach(async () => {
    bundle = await create();
  });
  afterEach(() => bundle.close());

  const calls = callsOn(() => bundle);
  for (const part of [budgetTaking, budgetLearning, budgetPromising]) part(calls);
}
