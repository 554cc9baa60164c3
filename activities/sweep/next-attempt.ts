import { ERRORS } from '../../contract/error-table.ts';
import { isErrorCode } from '../../contract/errors.ts';
import type { VainAttempt } from './ports.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** So far back are attempts remembered (ms). */
export const REMEMBERED_MS = DAY_MS;

/**
 * When another attempt makes sense for a user for whom some were in vain: 1 minute after the last one, doubled with each.
 * Attempts that are older than a day are forgotten, so that even hopeless cases are tried about ten times a day.
 *
 * What kept everybody from LibreChat says nothing about this user: such an attempt is followed by another one after
 * 1 minute, however many there were, so that nobody waits for long once it is mended.
 *
 * @param vain in any order
 * @returns milliseconds since 1970
 */
export function nextAttemptAt(vain: readonly VainAttempt[], now: number): number {
  const remembered = vain.filter(({ endedAt }) => endedAt > now - REMEMBERED_MS);
  const own = remembered.filter(({ code }) => !isOfSystem(code));
  const doubled = MINUTE_MS * 2 ** Math.min(own.length - 1, 11);
  return Math.max(now, lastOf(remembered) + MINUTE_MS, lastOf(own) + doubled);
}

const isOfSystem = (code: string | undefined): boolean =>
  isErrorCode(code) && ERRORS[code].scope === 'system';

const lastOf = (attempts: readonly VainAttempt[]): number =>
  Math.max(-Infinity, ...attempts.map(({ endedAt }) => endedAt));
