import type { LimitedRoute } from './ports.ts';

/** Every route with a limiter. */
export const LIMITED_ROUTES = [
  'login',
  'register',
  'requestPasswordReset',
  'resetPassword',
] as const satisfies readonly LimitedRoute[];

const MINUTE_MS = 60_000;

/** LibreChat's own numbers, until an answer says otherwise. Null: no limit. */
export const DEFAULT_LIMITS: Readonly<
  Record<LimitedRoute, { readonly limit: number | null; readonly windowMs: number }>
> = {
  login: { limit: 7, windowMs: 5 * MINUTE_MS },
  register: { limit: 5, windowMs: 60 * MINUTE_MS },
  requestPasswordReset: { limit: 2, windowMs: 2 * MINUTE_MS },
  // Newer versions limit it like the request.
  resetPassword: { limit: null, windowMs: 2 * MINUTE_MS },
};

/** What is assumed where a route turns out to have a limit that LibreChat does not name. */
export const CAUTIOUS_LIMIT = 2;

/** The part of each limit that is left to interactive work. */
export const INTERACTIVE_SHARE = 0.3;

/** After this time (ms) calls that were taken count as made: no attempt lives longer, so its worker is dead. */
export const LEASE_MS = 60_000;

/** Calls that others only hold may be free in a moment (ms). */
export const SOON_MS = 1_000;

/** An answer that is older than another by more than this (s) was not overtaken: no call is on its way for so long. */
export const LONGEST_CALL_SECONDS = 60;

/** `X-RateLimit-Reset` and `Date` are whole seconds, so the time between them is known to 2 s (ms). */
export const ROUNDING_MS = 2_000;

/** Calls of a limit that bulk work leaves alone: at least one, unless there would be none for bulk work at all. */
export function reserveOf(limit: number): number {
  return limit <= 1 ? 0 : Math.max(1, Math.ceil(limit * INTERACTIVE_SHARE));
}
