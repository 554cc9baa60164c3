/** One step of one call. `closed` is the last one: the socket got its answer (`status`), or lost it (`answered: false`). */
export interface Event {
  n: number;
  call: number;
  route: string;
  at: string;
  address: string | null;
  held?: boolean;
  fault?: string;
  status?: number;
  answered?: boolean;
}

export interface EventFilter {
  since: number;
  route?: string;
  at?: string;
  address?: string;
}

/** Enough for any test; beyond it the oldest events are forgotten, their numbers are not reused. */
const KEPT_EVENTS = 100_000;

/** The append-only record of what every call did, so that tests wait for a step instead of sleeping. */
export class EventLog {
  #events: Event[] = [];
  #last = 0;
  readonly #listeners = new Set<() => void>();

  get last(): number {
    return this.#last;
  }

  append(event: Omit<Event, 'n'>): void {
    this.#last += 1;
    this.#events.push({ n: this.#last, ...event });
    if (this.#events.length > KEPT_EVENTS) this.#events = this.#events.slice(KEPT_EVENTS / 2);
    for (const wake of this.#listeners) wake();
  }

  matching(filter: EventFilter): Event[] {
    const first = this.#events[0]?.n ?? 1;
    const recent = this.#events.slice(Math.max(0, filter.since - first + 1));
    return recent.filter(
      (event) =>
        (filter.route === undefined || event.route === filter.route) &&
        (filter.at === undefined || event.at === filter.at) &&
        (filter.address === undefined || event.address === filter.address),
    );
  }

  /** The matching events; if there are none yet, waits up to `waitMs` for the first. */
  async wait(filter: EventFilter, waitMs: number): Promise<Event[]> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = this.matching(filter);
      const left = deadline - Date.now();
      if (found.length > 0 || left <= 0) return found;
      await this.#next(left);
    }
  }

  async #next(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#listeners.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#listeners.add(wake);
    });
  }
}
