import { ERRORS } from '../../contract/error-table.ts';
import { BridgeError, type ErrorCode } from '../../contract/errors.ts';
import type { LibreChat } from '../ports/librechat.ts';
import { afterAdmission, afterCall, standsInTheWay, type Troubles } from './breakers.ts';
import type { CallWatch } from './call-watch.ts';
import type { CallPlan, LimitedRoute, RateBudget, WorkKind } from './ports.ts';
import { LIMITED_ROUTES } from './rules.ts';

/** The breakers of a process: what all its calls have met, whoever made them. */
export interface Breakers {
  troubles: Troubles;
}

/** What a paced LibreChat is made of. */
export interface Pacing {
  readonly budget: RateBudget;
  readonly breakers: Breakers;
  /** Of the adapter that is paced. */
  readonly watch: CallWatch;
  readonly kind: WorkKind;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** One call of a route that has a limit. */
interface LimitedCall<Value> {
  readonly route: LimitedRoute;
  /** An address or an account's id: stays in this process. */
  readonly whom: string;
  readonly call: () => Promise<Value>;
}

/** Calls that were taken together, and those of them that are still to be made. */
interface Plan {
  readonly lease: string;
  readonly left: Map<LimitedRoute, number>;
}

/**
 * A LibreChat whose calls wait for their turn: each call of a limited route is taken from the budget before it is made,
 * one by one or as a plan. Where there is no room it throws `RateLimited`, and nothing was called.
 *
 * Bulk work is also refused while a breaker is open, as `RateLimited` too: it is to wait for what keeps everybody from
 * LibreChat, and not to end as if something were wrong with its user.
 */
export function paced<Port extends LibreChat>(inner: Port, pacing: Pacing): Port & LibreChat {
  return { ...inner, ...new Paced(inner, pacing).port() };
}

class Paced {
  readonly #inner: LibreChat;
  readonly #pacing: Pacing;
  readonly #now: () => number;

  constructor(inner: LibreChat, pacing: Pacing) {
    this.#inner = inner;
    this.#pacing = pacing;
    this.#now = pacing.now ?? Date.now;
  }

  /** @param plan taken already; calls beyond it finish what was begun, so they need not leave anything to others */
  port(plan?: Plan): LibreChat {
    const inner = this.#inner;
    const kind = plan === undefined ? this.#pacing.kind : 'interactive';
    const limited = <Value>(route: LimitedRoute, whom: string, call: () => Promise<Value>): Promise<Value> =>
      this.#call({ route, whom, call }, plan, kind);
    return {
      login: (credential) => limited('login', credential.address, () => inner.login(credential)),
      register: (input) => limited('register', input.address, () => inner.register(input)),
      requestPasswordReset: (address) =>
        limited('requestPasswordReset', address, () => inner.requestPasswordReset(address)),
      resetPassword: (input) => limited('resetPassword', input.accountId, () => inner.resetPassword(input)),
      refresh: (token) => this.#noting('refresh', () => inner.refresh(token)),
      logout: (session) => inner.logout(session),
      budgeted: (calls, work, options) =>
        this.#budgeted(calls, work, options?.begun === true ? 'interactive' : kind),
    };
  }

  async #budgeted<Value>(
    calls: CallPlan,
    work: (libreChat: LibreChat) => Promise<Value>,
    kind: WorkKind,
  ): Promise<Value> {
    const plan = await this.#take(calls, kind);
    try {
      return await work(this.port(plan));
    } finally {
      if ([...plan.left.values()].some((left) => left > 0)) await this.#pacing.budget.giveBack(plan.lease);
    }
  }

  async #call<Value>(
    { route, whom, call }: LimitedCall<Value>,
    plan: Plan | undefined,
    kind: WorkKind,
  ): Promise<Value> {
    const left = plan?.left.get(route) ?? 0;
    const paid = plan !== undefined && left > 0 ? plan : await this.#take({ [route]: 1 }, kind);
    paid.left.set(route, (paid.left.get(route) ?? 0) - 1);
    return this.#pacing.watch.during(
      () => this.#noting(route, call, whom),
      (answer) => this.#pacing.budget.learn(route, answer, paid.lease),
    );
  }

  async #take(calls: CallPlan, kind: WorkKind): Promise<Plan> {
    const routes = LIMITED_ROUTES.filter((route) => (calls[route] ?? 0) > 0);
    const { breakers, budget } = this.#pacing;
    if (kind === 'bulk') this.#passBreakers(routes);
    const taken = await budget.take(calls, kind);
    if (!taken.granted) throw new BridgeError('RateLimited', { retryAfterSeconds: taken.retryAfterSeconds });
    if (kind === 'bulk') breakers.troubles = afterAdmission(breakers.troubles, routes, this.#now());
    return { lease: taken.lease, left: new Map(routes.map((route) => [route, calls[route] ?? 0])) };
  }

  #passBreakers(routes: readonly LimitedRoute[]): void {
    const inTheWay = standsInTheWay(this.#pacing.breakers.troubles, routes, this.#now());
    if (inTheWay === undefined) return;
    const { code, waitMs } = inTheWay;
    throw new BridgeError('RateLimited', {
      detail: `everybody is answered ${code} at the moment, so bulk work waits`,
      retryAfterSeconds: Math.ceil(waitMs / 1_000),
    });
  }

  /** Lets the breakers know how a call went. */
  async #noting<Value>(route: string, call: () => Promise<Value>, whom?: string): Promise<Value> {
    const { breakers } = this.#pacing;
    const note = (code: ErrorCode | undefined): void => {
      if (code !== 'RateLimited')
        breakers.troubles = afterCall(breakers.troubles, route, code, this.#now(), whom);
    };
    try {
      const outcome = await call();
      note(unknownCode(outcome));
      return outcome;
    } catch (error) {
      if (error instanceof BridgeError) note(ERRORS[error.code].scope === 'system' ? error.code : undefined);
      throw error;
    }
  }
}

/** The code of an outcome that is unknown. */
function unknownCode(outcome: unknown): ErrorCode | undefined {
  const { kind, error } = (outcome ?? {}) as { kind?: unknown; error?: unknown };
  return kind === 'unknown' && error instanceof BridgeError ? error.code : undefined;
}
