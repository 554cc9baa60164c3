/**
 * Pieces of work that may be started, and have not taken their calls yet. Some never do: a run was paused, or the work turned
 * out to be needless. Half a window after the first of them the young ones are old, and the old ones lapse, so that each is
 * held for half a window at least and a whole one at most, however many are made meanwhile. Times are in ms.
 */
export class Promises {
  #young = 0;
  #old = 0;
  #turnsAt = 0;
  #turnMs = 0;

  get count(): number {
    return this.#young + this.#old;
  }

  /** To be called before everything else. */
  bringUp(at: number): void {
    if (this.#turnsAt > at) return;
    const isLate = this.#turnsAt + this.#turnMs <= at;
    this.#old = isLate ? 0 : this.#young;
    this.#young = 0;
    this.#turnsAt = (isLate ? at : this.#turnsAt) + this.#turnMs;
  }

  make(count: number, at: number, windowMs: number): void {
    if (this.count === 0) {
      this.#turnMs = windowMs / 2;
      this.#turnsAt = at + this.#turnMs;
    }
    this.#young += count;
  }

  /** One of them was kept. */
  keep(): void {
    if (this.#old > 0) this.#old -= 1;
    else this.#young = Math.max(0, this.#young - 1);
  }
}
