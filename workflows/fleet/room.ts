import { condition } from '@temporalio/workflow';
import type { Rotations } from './rotations.ts';
import { SharedTimer } from './shared-timer.ts';

/** While nothing ends, a shard has to look whether LibreChat answers at all, less and less often (ms). */
const LOOK_AROUND_MS = { first: 10_000, longest: 60_000 } as const;
/** After a failure by a system's code the coordinator is given time to pause everybody (ms). */
const HESITATION_MS = 2_000;

/** The shard that waits. */
export interface Waiting {
  /** It is paused, or told to stop. */
  isHalted(): boolean;
  /** It is to go on as a new run. */
  isLong(): boolean;
  /** Asks whether LibreChat answers. */
  lookAround(): Promise<unknown>;
}

/** Room for one more rotation in the window of a shard. */
export class Room {
  readonly #shard: Waiting;
  readonly #rotations: Rotations;
  readonly #timer = new SharedTimer();

  constructor(shard: Waiting, rotations: Rotations) {
    this.#shard = shard;
    this.#rotations = rotations;
  }

  /** Waits until another rotation may be started; false when the shard is halted, or is to go on as a new run. */
  async free(): Promise<boolean> {
    const isHalted = (): boolean => this.#shard.isHalted();
    let hesitated = false;
    let lookAfter: number = LOOK_AROUND_MS.first;
    while (!isHalted() && !this.#shard.isLong()) {
      if (this.#rotations.hasRoom) {
        if (hesitated || !this.#rotations.systemFails) return true;
        hesitated = true;
        await condition(isHalted, HESITATION_MS);
        continue;
      }
      if (await this.#timer.condition(() => this.#rotations.hasRoom || isHalted(), lookAfter)) continue;
      await this.#shard.lookAround();
      lookAfter = Math.min(2 * lookAfter, LOOK_AROUND_MS.longest);
    }
    return false;
  }
}
