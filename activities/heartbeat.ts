import { CancelledFailure, Context } from '@temporalio/activity';
import { BridgeError } from '../contract/errors.ts';

/** The attempt of an activity that a step runs in: it shows where it stands and knows whether it is still the current one. */
export interface Attempt<Stage extends string = never> {
  /** From 1. */
  readonly number: number;
  /** Says which part begins, for the heartbeat details. Throws like {@link Attempt.assertHeld}. */
  enter(stage: Stage): void;
  /**
   * Throws when the attempt was cancelled, or when this process stood still for so long that Temporal may have given the
   * attempt to another worker. To be called on the main path before every outside write: a stopped process that wakes up
   * runs its next line before any timer.
   */
  assertHeld(): void;
}

const TICK_MS = 1_000;
/** A heartbeat may be held back for so long (`maxHeartbeatThrottleInterval` of the worker), and then has to travel. */
const HEARTBEAT_LAG_MS = 2_000;

/**
 * Runs an activity with a heartbeat each second, not at the start and not at stage changes: work that takes less than a
 * second then sends none, and each one that is sent is billed.
 */
export async function withHeartbeat<Stage extends string, Result>(
  work: (attempt: Attempt<Stage>) => Promise<Result>,
): Promise<Result> {
  const context = Context.current();
  const longestGap = (context.info.heartbeatTimeoutMs ?? Number.POSITIVE_INFINITY) - HEARTBEAT_LAG_MS;
  let stage: Stage | undefined;
  let lastTick = performance.now();
  let lost = false;
  const tick = (): void => {
    lost ||= performance.now() - lastTick > longestGap;
    lastTick = performance.now();
  };
  const assertHeld = (): void => {
    if (context.cancellationSignal.aborted) throw new CancelledFailure('The attempt was cancelled');
    lost ||= performance.now() - lastTick > longestGap;
    if (lost) throw new BridgeError('AttemptLost');
  };
  const ticker = setInterval(() => {
    tick();
    context.heartbeat({ stage });
  }, TICK_MS);
  try {
    return await work({
      number: context.info.attempt,
      assertHeld,
      enter(next) {
        stage = next;
        assertHeld();
      },
    });
  } finally {
    clearInterval(ticker);
  }
}
