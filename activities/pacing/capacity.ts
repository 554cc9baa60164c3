import { PLANS } from './plans.ts';
import type { CallPlan, LimitedRoute, RouteLimits } from './ports.ts';
import { LIMITED_ROUTES, reserveOf } from './rules.ts';

/** What is asked of LibreChat. */
export interface Demand {
  readonly users: number;
  /** Each password is replaced once in so many days. */
  readonly periodDays: number;
  readonly signUpsPerHour: number;
}

/** A limit that is too low. */
export interface Shortage {
  readonly route: LimitedRoute;
  readonly limit: number;
  /** The lowest that would do, with the same window. */
  readonly enough: number;
  readonly windowMs: number;
}

/** What LibreChat has room for. `Infinity`: no limit stands in the way. */
export interface Capacity {
  readonly loginsPerHour: number;
  readonly signUpsPerHour: number;
  /** Beside the share that is left to interactive work. */
  readonly rotationsPerDay: number;
  readonly daysToRotateAll: number;
  readonly shortages: readonly Shortage[];
  /** Share of its time that LibreChat would spend on hashing; from 1 on it cannot keep up. */
  readonly hashing: number;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** LibreChat hashes one password at a time, and does nothing else meanwhile (ms). */
const HASH_MS = 90;
/** Hashes of a rotation: the link's token, its comparison, the new password, the login. */
const ROTATION_HASHES = 4;
/** Hashes of a sign-up: the registration and the login after it. */
const SIGN_UP_HASHES = 2;

/** How long a session lasts after its login: a user who comes every day logs in once in this time. */
const SESSION_DAYS = 7;

/** What fits into LibreChat's limits, and which of them are in the way of a demand. */
export function capacityFor(limits: RouteLimits, demand: Demand): Capacity {
  const { users, periodDays, signUpsPerHour } = demand;
  const rate = (plan: CallPlan, shareOf: (limit: number) => number, perMs: number): number =>
    Math.min(
      ...LIMITED_ROUTES.map((route) => {
        const { limit, windowMs } = limits[route];
        const calls = plan[route];
        if (calls === undefined || limit === null) return Infinity;
        return (Math.floor(shareOf(limit) / calls) * perMs) / windowMs;
      }),
    );
  const rotations = rate(PLANS.rotate, bulkShare, DAY_MS);
  const rotationsPerDay = Math.min(rotations, DAY_MS / HASH_MS / ROTATION_HASHES);
  const perDay = users / periodDays;
  const loginsPerDay = users / SESSION_DAYS;
  const hashesPerDay = perDay * ROTATION_HASHES + signUpsPerHour * 24 * SIGN_UP_HASHES + loginsPerDay;
  return {
    loginsPerHour: Math.min(rate(PLANS.verify, whole, HOUR_MS), HOUR_MS / HASH_MS),
    signUpsPerHour: Math.min(rate(PLANS.openUnlinked, whole, HOUR_MS), HOUR_MS / HASH_MS / SIGN_UP_HASHES),
    rotationsPerDay,
    daysToRotateAll: users === 0 ? 0 : users / rotationsPerDay,
    shortages: LIMITED_ROUTES.flatMap((route) => shortageOf(route, limits, demand)),
    hashing: (hashesPerDay * HASH_MS) / DAY_MS,
  };
}

const whole = (limit: number): number => limit;
const bulkShare = (limit: number): number => limit - reserveOf(limit);

function shortageOf(
  route: LimitedRoute,
  limits: RouteLimits,
  { users, periodDays, signUpsPerHour }: Demand,
): readonly Shortage[] {
  const { limit, windowMs } = limits[route];
  if (limit === null) return [];
  /** Calls that work of this frequency makes in one window, in whole pieces. */
  const inWindow = (calls: number, perMs: number): number => Math.ceil(perMs * windowMs) * calls;
  const rotation: CallPlan = PLANS.rotate;
  const signUp: CallPlan = PLANS.openUnlinked;
  const bulk = inWindow(rotation[route] ?? 0, users / periodDays / DAY_MS);
  const visits = route === 'login' ? inWindow(1, users / SESSION_DAYS / DAY_MS) : 0;
  const interactive = inWindow(signUp[route] ?? 0, signUpsPerHour / HOUR_MS) + visits;
  const isEnough = (some: number): boolean =>
    bulk === 0 ? some >= interactive : bulkShare(some) >= bulk + interactive;
  if (isEnough(limit)) return [];
  let enough = bulk + interactive;
  while (!isEnough(enough)) enough++;
  return [{ route, limit, enough, windowMs }];
}
