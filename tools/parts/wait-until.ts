import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 25;

/**
 * Tries again and again until `attempt` neither throws nor answers false. For conditions that no event announces.
 *
 * @throws Error with what the last attempt threw as its cause
 */
export async function waitUntil(
  what: string,
  attempt: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      if (await attempt()) return;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`, { cause });
    await sleep(PAUSE_MS);
  }
}
