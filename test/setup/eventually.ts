import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 20;

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
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`Not within ${deadlineMs} ms: ${condition}`);
    await sleep(PAUSE_MS);
  }
}
