import { BridgeError } from '../../contract/errors.ts';
import type { RateBudget } from './ports.ts';

/** How long Redis is not asked after it did not answer (ms): a silent one costs each caller a time-out. */
const ASK_AGAIN_MS = 1_000;

/** Where the budget is kept. */
export interface BudgetPlaces {
  /** For all workers; may throw `SessionStoreUnavailable`. */
  readonly shared: RateBudget;
  /** For this process. */
  readonly own: RateBudget;
  readonly onAway: () => void;
  readonly onBack: () => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

/**
 * The budget that all workers share, and the one of this process while Redis is away. The latter hears every answer too, so
 * that it knows LibreChat's limits when it is needed. It never throws because of Redis.
 */
export function createSharedBudget({
  shared,
  own,
  onAway,
  onBack,
  now = Date.now,
}: BudgetPlaces): RateBudget {
  let askAgainAt = 0;
  const inShared = async <Value>(call: () => Promise<Value>): Promise<{ value: Value } | undefined> => {
    if (now() < askAgainAt) return undefined;
    try {
      const value = await call();
      if (askAgainAt > 0) onBack();
      askAgainAt = 0;
      return { value };
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      if (askAgainAt === 0) onAway();
      askAgainAt = now() + ASK_AGAIN_MS;
      return undefined;
    }
  };
  const preferShared = async <Value>(ask: (budget: RateBudget) => Promise<Value>): Promise<Value> =>
    ((await inShared(() => ask(shared))) ?? { value: await ask(own) }).value;
  const inBoth = async (tell: (budget: RateBudget) => Promise<void>): Promise<void> => {
    await tell(own);
    await inShared(() => tell(shared));
  };
  return {
    take: (plan, kind) => preferShared((budget) => budget.take(plan, kind)),
    learn: (route, answer, lease) => inBoth((budget) => budget.learn(route, answer, lease)),
    giveBack: (lease) => inBoth((budget) => budget.giveBack(lease)),
    promise: (plan, want) => preferShared((budget) => budget.promise(plan, want)),
    limits: () => preferShared((budget) => budget.limits()),
  };
}
