import { setTimeout as sleep } from 'node:timers/promises';

/** The longer it takes, the less often it is asked: the systems that are asked share two cores with those that work. */
const PAUSE_MS = { first: 20, growth: 1.25, longest: 200 } as const;

/**
 * Waits until a condition holds, for systems that cannot say when it does.
 *
 * @throws Error naming the condition, after the deadline
 */
export async function eventually(
  condition: string,
  holds: () => Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  for (let pause: number = PAUSE_MS.first; !(await holds()); pause *= PAUSE_MS.growth) {
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${condition}`);
    await sleep(Math.min(pause, PAUSE_MS.longest));
  }
}
