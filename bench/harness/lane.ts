import { Pool } from 'undici';
import type { StandInProcess } from '../../tools/processes/stand-in.ts';
import { IDLE_CONNECTION_MS } from './bare-calls.ts';

/*
 * LibreChat hashes one password at a time, on its only thread: its "bcrypt lane". Nobody can provision or rotate faster
 * than that lane, so the measure of whoever drives it is how busy it is kept. A window is a batch of work that starts all
 * at once; it is timed at the lane, from the first call that reaches it to the end of the last one.
 */

/** What happened at the lane while a batch ran. */
export interface LaneWindow {
  /** Share of the time in which the lane's thread had something to do, from the first call to the last. */
  readonly utilization: number;
  /** That time for one item. It grows where neighbours take the lane's core away, and is then nobody's fault. */
  readonly activeMs: number;
  /** Items per second, from the caller's start to the caller's last result. */
  readonly throughput: number;
  /** From the caller's start to the first call at the lane. */
  readonly startMs: number;
  /** From the last answer of the lane to the caller's last result. */
  readonly endMs: number;
}

/** The step of a call, as the stand-in's events name it, that the last item of a batch ends with. */
export interface LaneStep {
  readonly route: string;
  readonly at: string;
}

/** Observes windows at a stand-in's control port. */
export class LaneObserver implements AsyncDisposable {
  readonly #control: Pool;
  readonly #lastStep: LaneStep;

  private constructor(controlUrl: string, lastStep: LaneStep) {
    this.#control = new Pool(controlUrl, { keepAliveMaxTimeout: IDLE_CONNECTION_MS });
    this.#lastStep = lastStep;
  }

  /** @param lastStep happens once for each item of a batch, at its end */
  static async of({ process }: StandInProcess, lastStep: LaneStep): Promise<LaneObserver> {
    const line = await process.waitForLine(/^\{"url"/);
    return new LaneObserver((JSON.parse(line) as { controlUrl: string }).controlUrl, lastStep);
  }

  /** Runs a batch of `count` items and watches the lane meanwhile. */
  async watch(count: number, batch: () => Promise<unknown>): Promise<LaneWindow> {
    // No event has such a number: it only asks for that of the newest.
    const { last } = await this.#events(Number.MAX_SAFE_INTEGER, {});
    await this.#loop();
    const startedAt = performance.now();
    const first = this.#waitFor(1, last, {});
    const end = this.#waitFor(count, last, this.#lastStep).then(async (at) => ({
      at,
      loop: await this.#loop(),
    }));
    const [firstAt, { at: endAt, loop }, finishedAt] = await Promise.all([
      first,
      end,
      batch().then(() => performance.now()),
    ]);
    return {
      // Before the first call the lane is idle, so that all of its activity lies within the window.
      utilization: loop.activeMs / (endAt - firstAt),
      activeMs: loop.activeMs / count,
      throughput: (count * 1_000) / (finishedAt - startedAt),
      startMs: firstAt - startedAt,
      endMs: finishedAt - endAt,
    };
  }

  /** When the given number of matching events has happened. */
  async #waitFor(count: number, since: number, filter: Partial<LaneStep>): Promise<number> {
    let seen = 0;
    let newest = since;
    while (seen < count) {
      const { events } = await this.#events(newest, { ...filter, wait: '60000' });
      const lastSeen = events.at(-1);
      if (lastSeen === undefined) throw new Error('The lane has stood still for a minute');
      seen += events.length;
      newest = lastSeen.n;
    }
    return performance.now();
  }

  async #events(
    since: number,
    query: Readonly<Record<string, string>>,
  ): Promise<{ readonly events: readonly { readonly n: number }[]; readonly last: number }> {
    const parameters = new URLSearchParams({ ...query, since: String(since) });
    return (await this.#get(`/events?${parameters.toString()}`)) as {
      events: { n: number }[];
      last: number;
    };
  }

  /** Time that the lane's thread has worked since the last call of this. */
  async #loop(): Promise<{ readonly activeMs: number }> {
    return (await this.#get('/event-loop')) as { activeMs: number };
  }

  async #get(path: string): Promise<unknown> {
    const { body } = await this.#control.request({ method: 'GET', path });
    return body.json();
  }

  /** Does not wait for what is still being watched. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#control.destroy();
  }
}
