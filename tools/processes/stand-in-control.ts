/** What the stand-in knows about the account of an address. Counts, never a password. */
export interface StandInAccount {
  readonly exists: boolean;
  readonly id?: string;
  readonly role?: string;
  readonly sessions?: number;
  readonly distinctPasswords: number;
  readonly registrations: number;
}

/** A fault to act on calls; see standin/README.md. */
export interface StandInFault {
  readonly route?: string;
  readonly at?: string;
  readonly action: string;
  readonly times?: number | null;
  readonly skip?: number;
  readonly address?: string;
  readonly ms?: number;
  readonly status?: number;
}

/** How often a route was called, and how it answered. */
export interface RouteCounter {
  readonly calls: number;
  readonly statuses: Readonly<Record<string, number>>;
}

interface PointFilter {
  readonly route?: string;
  readonly at?: string;
  readonly address?: string;
}

const LONGEST_WAIT_MS = 60_000;

/** The control port of a stand-in. */
export class StandInControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Makes the next matching call suffer. */
  async fault(fault: StandInFault): Promise<void> {
    await this.#call('POST', '/faults', fault);
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/faults');
  }

  /** Lets held calls go on, or suffer another fault. */
  async release(filter: PointFilter & { readonly action?: string } = {}): Promise<void> {
    await this.#call('POST', '/release', filter);
  }

  /** The number of the newest event, to wait for later ones. */
  async lastEvent(): Promise<number> {
    const { last } = (await this.#call('GET', '/events?since=0')) as { last: number };
    return last;
  }

  /** Waits for a call to come to a point. */
  async reached(filter: PointFilter, since = 0): Promise<void> {
    const query = new URLSearchParams({ ...filter, since: String(since), wait: String(LONGEST_WAIT_MS) });
    const { events } = (await this.#call('GET', `/events?${query.toString()}`)) as { events: unknown[] };
    if (events.length === 0) throw new Error(`No call came to ${JSON.stringify(filter)} in a minute`);
  }

  /** Waits for a `hold` fault to hold a call at a point, after the event with the given number. */
  async held(filter: PointFilter, after = 0): Promise<void> {
    const query = new URLSearchParams({ ...filter, wait: String(LONGEST_WAIT_MS) });
    for (let since = after; ;) {
      query.set('since', String(since));
      const { events } = (await this.#call('GET', `/events?${query.toString()}`)) as {
        events: { n: number; held?: boolean }[];
      };
      const last = events.at(-1);
      if (last === undefined) throw new Error(`No call was held at ${JSON.stringify(filter)} in a minute`);
      if (events.some(({ held }) => held === true)) return;
      since = last.n;
    }
  }

  async account(address: string): Promise<StandInAccount> {
    return (await this.#call('GET', `/users/${encodeURIComponent(address)}`)) as StandInAccount;
  }

  /** Changes an account behind LibreChat's back; `create: true` makes a missing one. */
  async changeAccount(address: string, changes: Readonly<Record<string, unknown>>): Promise<StandInAccount> {
    return (await this.#call('POST', `/users/${encodeURIComponent(address)}`, changes)) as StandInAccount;
  }

  async settings(changes: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#call('POST', '/settings', changes);
  }

  /** Bans a client address. */
  async ban(address: string): Promise<void> {
    await this.#call('POST', '/bans', { address });
  }

  async counters(): Promise<{
    readonly bcrypts: number;
    readonly routes: Readonly<Record<string, RouteCounter>>;
  }> {
    return (await this.#call('GET', '/counters')) as {
      bcrypts: number;
      routes: Record<string, RouteCounter>;
    };
  }

  /** Event-loop utilisation since the last call. */
  async eventLoop(): Promise<{ readonly utilization: number; readonly cpuMs: number }> {
    return (await this.#call('GET', '/event-loop')) as { utilization: number; cpuMs: number };
  }

  async #call(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const answer: unknown = await response.json();
    if (response.status === 400)
      throw new Error(`The stand-in refused ${method} ${path}: ${JSON.stringify(answer)}`);
    return answer;
  }
}
