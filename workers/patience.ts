import { setTimeout as sleep } from 'node:timers/promises';

/** What is waited for at start, and for how long. */
export interface Patience {
  readonly deadline: number;
  readonly onRetry: (attempt: number) => void;
  /** Ends the waiting with {@link Stopped}. */
  readonly stop: AbortSignal;
}

/** The process was asked to end while it waited. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Repeats `attempt` until it succeeds or the deadline has passed, then throws what it threw last. For the start of a
 * process only: neither Temporal's native connection nor a first query is repeated by its library.
 *
 * @param worthRetrying whether an error can go away by itself
 */
export async function withPatience<Result>(
  attempt: () => Promise<Result>,
  worthRetrying: (error: unknown) => boolean,
  { deadline, onRetry, stop }: Patience,
): Promise<Result> {
  for (let count = 1; ; count++) {
    try {
      return await attempt();
    } catch (error) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** (count - 1), LONGEST_PAUSE_MS);
      if (!worthRetrying(error) || Date.now() + pause > deadline) throw error;
      onRetry(count);
      await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
      if (stop.aborted) throw new Stopped();
    }
  }
}
