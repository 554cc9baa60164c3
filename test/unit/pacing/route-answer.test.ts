import { expect, test } from '@jest/globals';
import type { AnswerSeen } from '../../../activities/adapters/librechat/index.ts';
import type { RouteAnswer } from '../../../activities/pacing/ports.ts';
import { routeAnswer } from '../../../activities/pacing/route-answer.ts';

const NAMED = { limit: 7, remaining: 6, resetAtSeconds: 1_000_300, retryAfterSeconds: undefined };
const SILENT = {
  limit: undefined,
  remaining: undefined,
  resetAtSeconds: undefined,
  retryAfterSeconds: undefined,
};
const NAMES = { kind: 'limits', limit: 7, remaining: 6, windowEnd: 1_000_300, saidAt: 1_000_000 } as const;

test.each<[string, Partial<AnswerSeen>, RouteAnswer]>([
  ['all limits', { rateLimit: NAMED }, { ...NAMES, resetInMs: 300_000 }],
  [
    'limits with an error',
    { rateLimit: NAMED, status: 500, code: 'Unrecognized' },
    { ...NAMES, resetInMs: 300_000 },
  ],
  [
    'a 429 with limits',
    { status: 429, code: 'RateLimited', rateLimit: { ...NAMED, remaining: 0, retryAfterSeconds: 299 } },
    { ...NAMES, remaining: 0, resetInMs: 299_000 },
  ],
  [
    'a limit of none, which may be raised: one call per window asks',
    { status: 429, code: 'RateLimited', rateLimit: { ...NAMED, limit: 0, remaining: 0 } },
    { ...NAMES, limit: 1, remaining: 0, resetInMs: 300_000 },
  ],
  [
    'an end that has passed',
    { rateLimit: { ...NAMED, resetAtSeconds: 999_999 } },
    { ...NAMES, windowEnd: 999_999, resetInMs: 0 },
  ],
  [
    'an end in a year',
    { rateLimit: { ...NAMED, resetAtSeconds: 33_000_000 } },
    { ...NAMES, windowEnd: 33_000_000, resetInMs: 86_400_000 },
  ],
  [
    'a 429 with a time',
    { status: 429, code: 'RateLimited', rateLimit: { ...SILENT, retryAfterSeconds: 9 } },
    { kind: 'refused', retryInMs: 9_000 },
  ],
  ['a bare 429', { status: 429, code: 'RateLimited' }, { kind: 'refused', retryInMs: 60_000 }],
  ['no limits', {}, { kind: 'unlimited' }],
  ['an error of a proxy', { status: 502, code: 'UpstreamUnavailable' }, { kind: 'unknown' }],
  ['a page of another program', { code: 'Unrecognized' }, { kind: 'unknown' }],
  ['half of the limits', { rateLimit: { ...NAMED, resetAtSeconds: undefined } }, { kind: 'unknown' }],
])('%s', (_, seen, expected) => {
  const answer = {
    route: 'login',
    status: 200,
    durationMs: 1,
    rateLimit: undefined,
    code: undefined,
  } as const;
  expect(routeAnswer({ ...answer, saidAtSeconds: 1_000_000, ...seen })).toEqual(expected);
});
