export const ACTIONS = [
  'hold',
  'kill',
  'drop',
  'delay',
  'status',
  'html',
  'empty',
  'wrong-shape',
  'huge',
  'endless',
  'truncate',
] as const;
type Action = (typeof ACTIONS)[number];

export interface Fault {
  id: number;
  /** A route name, or `*`. */
  route: string;
  /** A point of the call, or `*`. */
  at: string;
  action: Action;
  /** How many calls it still hits; null = all. */
  times: number | null;
  /** How many matching calls it lets pass first. */
  skip: number;
  address?: string;
  ms: number;
  status: number;
  text: string;
}

export type FaultRequest = Partial<Omit<Fault, 'id'>> & { action: Action };

/** What a released call does next: go on, or suffer another fault at the same point. */
export type Release = Fault | null;

interface Held {
  route: string;
  at: string;
  address: string | null;
  release: (next: Release) => void;
}

/** The faults that wait for a call, and the calls that are held. */
export class Faults {
  #faults: Fault[] = [];
  #nextId = 1;
  readonly #held = new Map<number, Held>();

  add(request: FaultRequest): Fault {
    const fault = this.describe(request);
    this.#faults.push(fault);
    return fault;
  }

  describe(request: FaultRequest): Fault {
    const { action, route = '*', at = 'before', times = 1, skip = 0, ms = 1000, status = 503 } = request;
    const { text = 'the stand-in was told to fail', address } = request;
    const fault: Fault = { id: this.#nextId++, route, at, action, times, skip, ms, status, text };
    return address === undefined ? fault : { ...fault, address: address.toLowerCase() };
  }

  list(): { faults: Fault[]; held: { route: string; at: string; address: string | null }[] } {
    const held = [...this.#held.values()].map(({ route, at, address }) => ({ route, at, address }));
    return { faults: this.#faults, held };
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that hits this call at this point, if any; counts it. */
  take(route: string, at: string, address: string | null): Fault | null {
    for (const fault of this.#faults) {
      if (fault.route !== '*' && fault.route !== route) continue;
      if (fault.at !== '*' && fault.at !== at) continue;
      if (fault.address !== undefined && fault.address !== address) continue;
      if (fault.skip > 0) fault.skip -= 1;
      else return this.#use(fault);
    }
    return null;
  }

  async hold(held: Omit<Held, 'release'>): Promise<Release> {
    const key = this.#nextId++;
    return new Promise((resolve) => {
      const release = (next: Release) => {
        this.#held.delete(key);
        resolve(next);
      };
      this.#held.set(key, { ...held, release });
    });
  }

  /** Releases the held calls that match; answers how many. */
  release(filter: { route?: string; at?: string; address?: string }, next: Release): number {
    const matching = [...this.#held.values()].filter(
      (held) =>
        (filter.route === undefined || filter.route === held.route) &&
        (filter.at === undefined || filter.at === held.at) &&
        (filter.address === undefined || filter.address === held.address),
    );
    for (const held of matching) held.release(next);
    return matching.length;
  }

  #use(fault: Fault): Fault {
    if (fault.times !== null) {
      fault.times -= 1;
      if (fault.times <= 0) this.#faults = this.#faults.filter((other) => other !== fault);
    }
    return fault;
  }
}
