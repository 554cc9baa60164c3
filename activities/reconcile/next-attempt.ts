const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** So far back are attempts remembered (ms). */
export const REMEMBERED_MS = DAY_MS;

/**
 * When another attempt makes sense for a user for whom some were in vain: 1 minute after the last one, doubled with each.
 * Attempts that are older than a day are forgotten, so that even hopeless cases are tried about ten times a day.
 *
 * @param vain when they ended, in any order (milliseconds since 1970)
 * @returns milliseconds since 1970
 */
export function nextAttemptAt(vain: readonly number[], now: number): number {
  const remembered = vain.filter((endedAt) => endedAt > now - REMEMBERED_MS);
  if (remembered.length === 0) return now;
  return Math.max(...remembered) + MINUTE_MS * 2 ** Math.min(remembered.length - 1, 11);
}
