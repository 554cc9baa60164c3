import { condition, sleep } from '@temporalio/workflow';

/**
 * Waits that mostly end before their time-out. `condition` would start and cancel a timer for each of them, which is an
 * action of Temporal's and two events; here one timer that was started for a wait serves the later ones too.
 */
export class SharedTimer {
  /** When the running timer rings (ms since the epoch). */
  #ringsAt = Infinity;

  /** @returns whether it holds; false after so many ms without it */
  async condition(holds: () => boolean, timeoutMs: number): Promise<boolean> {
    const end = Date.now() + timeoutMs;
    while (!holds()) {
      if (Date.now() >= end) return false;
      if (this.#ringsAt > end) this.#start(end);
      const awaited = this.#ringsAt;
      await condition(() => holds() || this.#ringsAt !== awaited);
    }
    return true;
  }

  #start(ringsAt: number): void {
    this.#ringsAt = ringsAt;
    void sleep(ringsAt - Date.now()).then(() => {
      if (this.#ringsAt === ringsAt) this.#ringsAt = Infinity;
    });
  }
}
