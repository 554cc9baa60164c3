import { randomUUID } from 'node:crypto';
import type {
  Admission,
  CallPlan,
  LimitedRoute,
  RateBudget,
  RouteAnswer,
  RouteLimits,
  Taken,
  WorkKind,
} from './ports.ts';
import { Promises } from './promises.ts';
import { hear, lostUntil, newWindow, noteLost, rolled, type RouteWindow } from './route-window.ts';
import { DEFAULT_LIMITS, LEASE_MS, LIMITED_ROUTES, reserveOf, SOON_MS } from './rules.ts';

interface Lease {
  readonly takenAt: number;
  readonly calls: Map<LimitedRoute, number>;
}

/** What a plan meets at a route that has a limit. */
interface Room {
  /** Calls of the plan, but never more than the limit can ever allow: those would be waited for in vain. */
  readonly needed: number;
  /** Calls that may be taken now, and those that others hold. */
  readonly free: number;
  readonly held: number;
  readonly windowMs: number;
  readonly endsInMs: number;
}

/**
 * The budget of this process alone, for as long as Redis is away. `activities/adapters/rate-budget-script.ts` has the same
 * rule for all workers.
 */
export class MemoryBudget implements RateBudget {
  readonly #workers: number;
  readonly #now: () => number;
  readonly #windows = new Map(LIMITED_ROUTES.map((route) => [route, newWindow(DEFAULT_LIMITS[route])]));
  readonly #leases = new Map<string, Lease>();
  readonly #promises = new Promises();

  /**
   * @param options.workers how many processes share LibreChat's limits without knowing of each other
   * @param options.now milliseconds
   */
  constructor({ workers = 1, now = Date.now }: { workers?: number; now?: () => number } = {}) {
    this.#workers = workers;
    this.#now = now;
  }

  async take(plan: CallPlan, kind: WorkKind): Promise<Taken> {
    const at = this.#bringUp();
    const tight = this.#roomsFor(plan, kind, at).filter(({ needed, free }) => needed > free);
    if (tight.length > 0) return { granted: false, retryAfterSeconds: waitFor(tight) };
    const lease = randomUUID();
    this.#leases.set(lease, { takenAt: at, calls: new Map(callsOf(plan)) });
    if (kind === 'bulk') this.#promises.keep();
    return { granted: true, lease };
  }

  async learn(route: LimitedRoute, answer: RouteAnswer, lease: string): Promise<void> {
    const at = this.#bringUp();
    const takenAt = this.#made(route, lease);
    this.#windows.set(route, hear(this.#windowOf(route), answer, takenAt, at));
  }

  async giveBack(lease: string): Promise<void> {
    this.#bringUp();
    this.#leases.delete(lease);
  }

  /** Plans that were taken, and have calls that were not made yet. */
  get plansHeld(): number {
    return this.#leases.size;
  }

  async promise(plan: CallPlan, want: number): Promise<Admission> {
    const at = this.#bringUp();
    const rooms = this.#roomsFor(plan, 'bulk', at);
    const promised = this.#promises.count;
    const fits = ({ needed, free }: Room): number => Math.floor(free / needed) - promised;
    const granted = Math.max(0, Math.min(want, ...rooms.map(fits)));
    if (granted === 0)
      return { granted, retryAfterSeconds: waitFor(rooms.filter((room) => fits(room) <= 0)) };
    if (rooms.length > 0)
      this.#promises.make(granted, at, Math.min(...rooms.map(({ windowMs }) => windowMs)));
    return { granted, retryAfterSeconds: 0 };
  }

  async limits(): Promise<RouteLimits> {
    return {
      login: this.#windowOf('login'),
      register: this.#windowOf('register'),
      requestPasswordReset: this.#windowOf('requestPasswordReset'),
      resetPassword: this.#windowOf('resetPassword'),
    };
  }

  /** Forgets a plan whose calls were all made. @returns when the call was taken, at the earliest */
  #made(route: LimitedRoute, id: string): number {
    const lease = this.#leases.get(id);
    if (lease === undefined) return 0;
    lease.calls.set(route, Math.max(0, (lease.calls.get(route) ?? 0) - 1));
    if ([...lease.calls.values()].every((calls) => calls === 0)) this.#leases.delete(id);
    return lease.takenAt;
  }

  /** Windows end, the leases of the dead count as made, promises lapse. @returns the time */
  #bringUp(): number {
    const at = this.#now();
    for (const [route, window] of this.#windows) this.#windows.set(route, rolled(window, at));
    for (const [id, { takenAt, calls }] of this.#leases) {
      if (takenAt + LEASE_MS > at) continue;
      this.#leases.delete(id);
      for (const [route, count] of calls)
        if (count > 0) this.#windows.set(route, noteLost(this.#windowOf(route), count, at));
    }
    this.#promises.bringUp(at);
    return at;
  }

  #roomsFor(plan: CallPlan, kind: WorkKind, at: number): readonly Room[] {
    const share = (limit: number): number => (kind === 'bulk' ? limit - reserveOf(limit) : limit);
    return callsOf(plan).flatMap(([route, calls]) => {
      const window = this.#windowOf(route);
      const { limit, used, mine, lost, windowMs, endsAt } = window;
      if (limit === null) return [];
      const own = share(Math.max(1, Math.floor(limit / this.#workers)));
      const held = this.#heldOf(route);
      const free = Math.min(share(limit) - used, own - mine) - lost - held;
      // Whichever ends first may make room.
      const ends = [...(used > 0 ? [endsAt] : []), ...(lost > 0 ? [lostUntil(window)] : [])];
      const endsInMs = Math.max(SOON_MS, (ends.length === 0 ? at : Math.min(...ends)) - at);
      return [{ needed: Math.min(calls, Math.max(1, own)), free, held, windowMs, endsInMs }];
    });
  }

  #heldOf(route: LimitedRoute): number {
    return [...this.#leases.values()].reduce((sum, { calls }) => sum + (calls.get(route) ?? 0), 0);
  }

  #windowOf(route: LimitedRoute): RouteWindow {
    return this.#windows.get(route) ?? newWindow(DEFAULT_LIMITS[route]);
  }
}

/** The calls of a plan, route by route. */
const callsOf = (plan: CallPlan): readonly (readonly [LimitedRoute, number])[] =>
  LIMITED_ROUTES.flatMap((route) => (plan[route] === undefined ? [] : [[route, plan[route]] as const]));

/** Until the last window in the way has ended; where calls are only held by others, they may come free in a moment. */
function waitFor(tight: readonly Room[]): number {
  const waits = tight.map(({ needed, free, held, endsInMs }) => (needed > free + held ? endsInMs : SOON_MS));
  return Math.ceil(Math.max(SOON_MS, ...waits) / 1_000);
}
