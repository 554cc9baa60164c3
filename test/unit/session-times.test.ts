import { describe, expect, test } from '@jest/globals';
import { isNearEnd } from '../../activities/session/near-end.ts';
import { isFresh, isUsable } from '../../client/session-record/freshness.ts';
import { ERRORS } from '../../contract/error-table.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { retryAfterSeconds } from '../../workflows/retry-after.ts';

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

describe('an access token', () => {
  test.each([
    ['of 15 minutes with 121 s left is fresh', 900, 121, true],
    ['of 15 minutes with 120 s left is not', 900, 120, false],
    ['of a minute is fresh for three quarters of it', 60, 16, true],
    ['of a minute is not in the last quarter', 60, 15, false],
    ['of 10 s is fresh until 5 s are left', 10, 6, true],
    ['that has expired is not fresh, whatever the clock said when it was written', -5, -1, false],
  ])('%s', (_claim, lifeSeconds, leftSeconds, fresh) => {
    const expiresAt = NOW + leftSeconds * 1_000;
    expect(isFresh({ expiresAt, epoch: expiresAt - lifeSeconds * 1_000 }, NOW)).toBe(fresh);
  });

  test('is used as long as a request with it still arrives in time', () => {
    expect(isUsable({ expiresAt: NOW + 5_001 }, NOW)).toBe(true);
    expect(isUsable({ expiresAt: NOW + 5_000 }, NOW)).toBe(false);
  });
});

describe('the absolute end of a session', () => {
  const session = { openedAt: NOW, sessionEndsAt: NOW + WEEK_MS };
  /** The hour of its life in which a session is replaced. */
  const hourOf = (id: number): number => {
    const user = parseDjangoUserId(String(id));
    for (let hour = 0; ; hour++) if (isNearEnd(user, session, NOW + hour * HOUR_MS)) return hour;
  };
  const hours = Array.from({ length: 2_000 }, (_, id) => hourOf(id));

  test('is met by a login hours before it, for each user', () => {
    expect(Math.min(...hours)).toBeGreaterThanOrEqual(Math.floor(0.85 * 168));
    expect(Math.max(...hours)).toBeLessThanOrEqual(Math.ceil(0.95 * 168));
  });

  test('of users who were imported together is met over 17 hours, no hour having more than twice its share', () => {
    const perHour = Map.groupBy(hours, (hour) => hour);
    expect(perHour.size).toBeGreaterThanOrEqual(17);
    for (const users of perHour.values()) expect(users.length).toBeLessThan((2 * hours.length) / 17);
  });

  test('is near in the last part of a short session too, and not from its beginning', () => {
    const user = parseDjangoUserId('7');
    const short = { openedAt: NOW, sessionEndsAt: NOW + HOUR_MS };
    expect(isNearEnd(user, short, NOW + 50 * 60_000)).toBe(false);
    expect(isNearEnd(user, short, NOW + 58 * 60_000)).toBe(true);
  });
});

describe('a refresh that failed', () => {
  test.each<[ErrorCode, number]>([
    ['SignedOut', 0],
    ['RepairInProgress', 1],
    ['NotProvisioned', 1],
    ['UpstreamUnavailable', 5],
    ['DatabaseUnavailable', 5],
    ['UserInactive', 30],
    ['TwoFactorEnabled', 30],
    ['ResetUnavailable', 60],
  ])('with %s is worth another try after %i s', (code, seconds) => {
    expect(retryAfterSeconds(code)).toBe(seconds);
  });

  test('is always worth another try within a minute', () => {
    for (const code of Object.keys(ERRORS) as ErrorCode[])
      expect(retryAfterSeconds(code)).toBeLessThanOrEqual(60);
  });
});
