import { parseHttpDate } from './http-date.ts';

/** What an answer says about the limit of its route. A part that the answer does not name is undefined. */
export interface RateLimit {
  /** `X-RateLimit-Limit`: calls per window. */
  readonly limit: number | undefined;
  /** `X-RateLimit-Remaining`: calls left in the window. */
  readonly remaining: number | undefined;
  /** `X-RateLimit-Reset`: end of the window, seconds since 1970 by LibreChat's clock. */
  readonly resetAtSeconds: number | undefined;
  /** `Retry-After`, as seconds from now also where it was written as a date. */
  readonly retryAfterSeconds: number | undefined;
}

/** Reads a header by its lower-case name; of several values the first. */
export type HeaderReader = (name: string) => string | undefined;

/** The wait after a 429 that does not say how long, in seconds. */
const DEFAULT_WAIT_SECONDS = 60;
/** No limiter has a longer window; a larger figure is a mistake that would park a workflow for ever. */
const LONGEST_WAIT_SECONDS = 86_400;

/** Reads the headers of express-rate-limit. Undefined when the answer has none of them. */
export function readRateLimit(header: HeaderReader, nowMs: number): RateLimit | undefined {
  const rateLimit = {
    limit: wholeNumber(header('x-ratelimit-limit')),
    remaining: wholeNumber(header('x-ratelimit-remaining')),
    resetAtSeconds: wholeNumber(header('x-ratelimit-reset')),
    retryAfterSeconds: readRetryAfter(header('retry-after'), nowMs),
  };
  return Object.values(rateLimit).every((part) => part === undefined) ? undefined : rateLimit;
}

/** How long to wait after a 429, in seconds, 1 to 86,400: `Retry-After`, else the end of the window, else 60. */
export function waitSeconds(rateLimit: RateLimit | undefined, nowMs: number): number {
  const reset = rateLimit?.resetAtSeconds;
  const untilReset = reset === undefined ? undefined : Math.ceil(reset - nowMs / 1000);
  const seconds = rateLimit?.retryAfterSeconds ?? untilReset ?? DEFAULT_WAIT_SECONDS;
  return Math.min(Math.max(seconds, 1), LONGEST_WAIT_SECONDS);
}

function readRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const date = parseHttpDate(value.trim());
  return date === undefined ? wholeNumber(value) : Math.max(0, Math.ceil((date - nowMs) / 1000));
}

function wholeNumber(value: string | undefined): number | undefined {
  const digits = value?.trim() ?? '';
  return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
}
