import type { LimitedRoute, RateBudget, RouteAnswer, WorkKind } from '../../../activities/pacing/ports.ts';

/** A limiter as LibreChat has it: the first call opens a window of a fixed length. */
export class LimiterModel {
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #skewMs: number;
  #endsAt = 0;
  #used = 0;
  /** Calls that it refused. */
  refused = 0;

  constructor(limit: number, windowMs: number, skewMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#skewMs = skewMs;
  }

  /** A call that comes in at a time of the real clock; LibreChat's own is ahead of it, and rounds to seconds. */
  call(now: number): RouteAnswer {
    if (now >= this.#endsAt) {
      this.#endsAt = now + this.#windowMs;
      this.#used = 0;
    }
    this.#used++;
    if (this.#used > this.#limit) this.refused++;
    const windowEnd = Math.ceil((this.#endsAt + this.#skewMs) / 1_000);
    const saidAt = Math.floor((now + this.#skewMs) / 1_000);
    const remaining = Math.max(0, this.#limit - this.#used);
    return {
      kind: 'limits',
      limit: this.#limit,
      remaining,
      resetInMs: (windowEnd - saidAt) * 1_000,
      windowEnd,
      saidAt,
    };
  }

  /** It was restarted, and has forgotten everything. */
  forget(): void {
    this.#endsAt = 0;
  }
}

/** A piece of work: when it comes, and how its calls go. Times in ms. */
export interface ModelWork {
  readonly at: number;
  readonly kind: WorkKind;
  readonly calls: readonly ModelCall[];
  /** Calls that it has taken and does not make. */
  readonly spared: number;
}

export interface ModelCall {
  readonly thinks: number;
  readonly travels: number;
  readonly returns: number;
  readonly fate: 'answered' | 'lost';
}

interface Event {
  readonly at: number;
  readonly run: () => Promise<void>;
}

/** Plays works against a budget and a limiter, one event after the other; answers how many found room. */
export async function play(
  works: readonly ModelWork[],
  route: LimitedRoute,
  budget: RateBudget,
  limiter: LimiterModel,
  clock: { now: number },
): Promise<number> {
  const events: Event[] = [];
  const later = (ms: number, run: () => Promise<void>): void => {
    const at = clock.now + ms;
    const index = events.findIndex((event) => event.at > at);
    events.splice(index === -1 ? events.length : index, 0, { at, run });
  };
  let granted = 0;
  const makeCalls = (lease: string, [call, ...rest]: readonly ModelCall[]): void => {
    if (call === undefined) {
      later(0, () => budget.giveBack(lease));
      return;
    }
    later(call.thinks + call.travels, async () => {
      const answer = limiter.call(clock.now);
      later(call.returns, async () => {
        await budget.learn(route, call.fate === 'lost' ? { kind: 'unknown' } : answer, lease);
        makeCalls(lease, rest);
      });
    });
  };
  for (const { at, kind, calls, spared } of works)
    later(at, async () => {
      const taken = await budget.take({ [route]: calls.length + spared }, kind);
      if (!taken.granted) return;
      granted++;
      makeCalls(taken.lease, calls);
    });
  for (let event = events.shift(); event !== undefined; event = events.shift()) {
    clock.now = event.at;
    await event.run();
  }
  return granted;
}
