import type { AnswerSeen } from '../adapters/librechat/index.ts';
import type { RouteAnswer } from './ports.ts';

const TOO_MANY = 429;
/** The wait after a 429 that does not say how long (ms). */
const DEFAULT_WAIT_MS = 60_000;
/** No limiter has a longer window: a larger figure is a mistake (ms). */
const LONGEST_WINDOW_MS = 86_400_000;

/** What an answer says about the limit of its route. */
export function routeAnswer({ status, rateLimit, code, saidAtSeconds }: AnswerSeen): RouteAnswer {
  const { limit, remaining = 0, resetAtSeconds, retryAfterSeconds } = rateLimit ?? {};
  const retryInMs = retryAfterSeconds === undefined ? undefined : duration(retryAfterSeconds);
  if (limit !== undefined && rateLimit?.remaining !== undefined && resetAtSeconds !== undefined) {
    const untilReset = duration(resetAtSeconds - saidAtSeconds);
    return {
      kind: 'limits',
      // Of a limit of none nobody would ever hear that it was raised: one call per window asks.
      limit: Math.max(1, limit),
      remaining,
      resetInMs: Math.min(untilReset, retryInMs ?? untilReset),
      windowEnd: resetAtSeconds,
      saidAt: saidAtSeconds,
    };
  }
  if (status === TOO_MANY) return { kind: 'refused', retryInMs: retryInMs ?? DEFAULT_WAIT_MS };
  // A proxy's error or another program's page says nothing about LibreChat.
  return code === undefined && rateLimit === undefined ? { kind: 'unlimited' } : { kind: 'unknown' };
}

const duration = (seconds: number): number => Math.min(Math.max(0, seconds * 1_000), LONGEST_WINDOW_MS);
