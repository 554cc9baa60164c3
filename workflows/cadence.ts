import { spreadAround } from '../contract/spread.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** Users who were blocked together (an import, an outage) must not come back together. */
const SPREAD = 0.1;

/**
 * How long a blocked provisioning waits before its next attempt: 1 minute, doubled with each attempt up to 24 hours,
 * spread by up to 10 % either way by a hash of the user's id.
 *
 * @param blockedAttempts attempts that ended blocked before this one, from 0
 * @returns milliseconds
 */
export function nextAttemptDelayMs(djangoUserId: string, blockedAttempts: number): number {
  const delay = Math.min(MINUTE_MS * 2 ** Math.min(blockedAttempts, 30), DAY_MS);
  return Math.round(delay * spreadAround(djangoUserId, SPREAD));
}
