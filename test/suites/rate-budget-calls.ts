import type {
  CallPlan,
  LimitedRoute,
  RateBudget,
  RouteAnswer,
  WorkKind,
} from '../../activities/pacing/ports.ts';

/** A budget that nothing is known to yet, on a clock that only tests move. */
export interface RateBudgetBundle {
  readonly budget: RateBudget;
  readonly clock: { now: number };
  /** Plans that it remembers. */
  readonly plansHeld: () => Promise<number>;
  readonly close: () => Promise<void>;
}

export const MINUTE_MS = 60_000;
/** Any time; LibreChat's clock says another one. */
const LIBRECHAT_IS_AHEAD_SECONDS = 1_000;

/** What the tests of the port do with the budget of the moment. */
export type Calls = ReturnType<typeof callsOn>;

export function callsOn(bundle: () => RateBudgetBundle) {
  const budget = (): RateBudget => bundle().budget;
  /** As LibreChat answers: a window that ends `endsInMs` from now, of which so many calls are left. */
  function says(remaining: number, endsInMs: number, limit = 7): Extract<RouteAnswer, { kind: 'limits' }> {
    const { now } = bundle().clock;
    const saidAt = Math.floor(now / 1_000) + LIBRECHAT_IS_AHEAD_SECONDS;
    const windowEnd = Math.ceil((now + endsInMs) / 1_000) + LIBRECHAT_IS_AHEAD_SECONDS;
    return { kind: 'limits', limit, remaining, resetInMs: (windowEnd - saidAt) * 1_000, windowEnd, saidAt };
  }
  async function take(plan: CallPlan, kind: WorkKind = 'interactive'): Promise<string> {
    const taken = await budget().take(plan, kind);
    if (!taken.granted) throw new Error(`Refused for ${taken.retryAfterSeconds} s`);
    return taken.lease;
  }
  /** Takes plans until one is refused. */
  async function takeAll(plan: CallPlan, kind: WorkKind = 'interactive') {
    for (let count = 0; ; count++) {
      const taken = await budget().take(plan, kind);
      if (!taken.granted) return { count, retryAfterSeconds: taken.retryAfterSeconds };
    }
  }
  /** Makes one call that LibreChat answers so. */
  async function call(route: LimitedRoute, answer: RouteAnswer): Promise<void> {
    await budget().learn(route, answer, await take({ [route]: 1 }));
  }
  const pass = (ms: number): void => void (bundle().clock.now += ms);
  const plansHeld = (): Promise<number> => bundle().plansHeld();
  return { budget, call, pass, plansHeld, says, take, takeAll };
}
