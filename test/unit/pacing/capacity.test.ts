import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { capacityFor, type Capacity, type Demand } from '../../../activities/pacing/capacity.ts';
import { MemoryBudget } from '../../../activities/pacing/memory-budget.ts';
import type { LimitedRoute, RouteLimits } from '../../../activities/pacing/ports.ts';

const MINUTE_MS = 60_000;
const DEFAULTS = await new MemoryBudget().limits();
const NOBODY: Demand = { users: 0, periodDays: 30, signUpsPerHour: 0 };

/** LibreChat's defaults but for some calls in so many minutes; null: no limit. */
function limits(changes: Partial<Record<LimitedRoute, readonly [number | null, number]>> = {}): RouteLimits {
  const changed = Object.entries(changes).map(([route, [limit, minutes]]) => {
    const windowMs = minutes * MINUTE_MS;
    return [route, { limit, windowMs, limitLearned: true, windowLearned: true }];
  });
  return { ...DEFAULTS, ...(Object.fromEntries(changed) as Partial<RouteLimits>) };
}

const HIGH = limits({
  login: [100_000, 1],
  register: [100_000, 1],
  requestPasswordReset: [100_000, 1],
});

describe('what there is room for', () => {
  test.each<[string, RouteLimits, Partial<Capacity>]>([
    ['at LibreChat’s defaults', limits(), { signUpsPerHour: 5, loginsPerHour: 84, rotationsPerDay: 720 }],
    [
      'where resets are limited least, by the share of the logins',
      limits({ requestPasswordReset: [1_000, 1] }),
      { rotationsPerDay: 4 * 12 * 24 },
    ],
    ['where the reset itself is limited', limits({ resetPassword: [2, 4] }), { rotationsPerDay: 360 }],
    [
      'where registrations are not, by the logins of a sign-up',
      limits({ register: [null, 1] }),
      { signUpsPerHour: 36 },
    ],
    [
      'without limits, by LibreChat’s hashing',
      HIGH,
      { signUpsPerHour: 20_000, loginsPerHour: 40_000, rotationsPerDay: 240_000 },
    ],
  ])('%s', (_, some, expected) => {
    expect(capacityFor(some, NOBODY)).toMatchObject(expected);
  });

  test.each([
    [7_200, 10],
    [360, 0.5],
    [0, 0],
  ])('%i users are rotated once in %f days at the defaults', (users, days) => {
    expect(capacityFor(DEFAULTS, { ...NOBODY, users }).daysToRotateAll).toBe(days);
  });
});

describe('what is in the way', () => {
  test.each<[string, RouteLimits, Demand, readonly (readonly [LimitedRoute, number, number])[]]>([
    ['nothing for 100 users', limits(), { ...NOBODY, users: 100 }, []],
    ['nothing for 5 sign-ups an hour', limits(), { ...NOBODY, signUpsPerHour: 5 }, []],
    ['registrations for 20', limits(), { ...NOBODY, signUpsPerHour: 20 }, [['register', 5, 20]]],
    [
      'logins and resets for 100,000 users: those of two windows, and the share of people on top',
      limits(),
      { ...NOBODY, users: 100_000 },
      [
        // 12 rotations and 50 visits in 5 min, and 30 % for people.
        ['login', 7, 89],
        ['requestPasswordReset', 2, 8],
      ],
    ],
    ['nothing for a million where limits are high', HIGH, { ...NOBODY, users: 1_000_000 }, []],
  ])('%s', (_, some, demand, expected) => {
    const { shortages } = capacityFor(some, demand);
    expect(shortages.map(({ route, limit, enough }) => [route, limit, enough])).toEqual(expected);
  });

  test('is not any more when every limit is raised as told, and still is with one call less', () => {
    fc.assert(
      fc.property(
        fc.record({
          users: fc.integer({ min: 1, max: 3_000_000 }),
          periodDays: fc.integer({ min: 1, max: 365 }),
          signUpsPerHour: fc.integer({ min: 0, max: 5_000 }),
        }),
        (demand) => {
          const { shortages } = capacityFor(DEFAULTS, demand);
          const raised = (less: number): RouteLimits => ({
            ...DEFAULTS,
            ...Object.fromEntries(
              shortages.map(({ route, enough }) => [route, { ...DEFAULTS[route], limit: enough - less }]),
            ),
          });
          expect(capacityFor(raised(0), demand).shortages).toEqual([]);
          expect(capacityFor(raised(1), demand).shortages).toHaveLength(shortages.length);
        },
      ),
    );
  });

  test('is LibreChat itself, where it would hash all the time', () => {
    // 240,000 rotations a day are all that it can do.
    expect(capacityFor(HIGH, { ...NOBODY, users: 240_000, periodDays: 1 }).hashing).toBeGreaterThan(1);
    expect(capacityFor(HIGH, { ...NOBODY, users: 240_000 }).hashing).toBeLessThan(0.1);
  });
});
