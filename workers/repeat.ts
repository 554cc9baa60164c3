import { setTimeout as sleep } from 'node:timers/promises';

/** Work that is done again and again, and whom to tell when it fails. */
export interface Repeated {
  readonly work: () => Promise<void>;
  readonly everyMs: number;
  readonly stop: AbortSignal;
  /** Told of the first failure in a row only: what does not go away by itself would fill the log. */
  readonly onTrouble: (error: unknown) => void;
}

/** Repeats it until it is stopped, whatever becomes of it. Never rejects. */
export async function repeat({ work, everyMs, stop, onTrouble }: Repeated): Promise<void> {
  let failing = false;
  while (!stop.aborted) {
    try {
      await work();
      failing = false;
    } catch (error) {
      if (!failing && !stop.aborted) onTrouble(error);
      failing = true;
    }
    await sleep(everyMs, undefined, { signal: stop }).catch(() => undefined);
  }
}
