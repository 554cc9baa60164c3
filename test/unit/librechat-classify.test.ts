import { describe, expect, test } from '@jest/globals';

import { classify } from '../../activities/adapters/librechat/classify.ts';
import { BridgeError } from '../../contract/errors.ts';
import {
  ACCESS,
  ACCESS_END,
  ACCOUNT,
  ALL_ROUTES,
  answerOf,
  COOKIES,
  HTML,
  ILLEGAL,
  message,
  NOW,
  REFRESH,
  REFRESH_END,
  SESSION,
  summary,
  USER,
} from '../suites/librechat-answers.ts';
import { CONTRACT } from '../suites/librechat-contract.ts';

describe('the contract, line by line', () => {
  test.each(CONTRACT)('%s: %i %j means %s', (route, status, body, expected, extra = {}) => {
    expect(summary(route, { status, body, ...extra })).toBe(expected);
  });
});

test.each(ALL_ROUTES)('%s: nothing that says 200 without the promised content is a success', (route) => {
  for (const body of [
    HTML,
    '',
    ' ',
    '{}',
    '[]',
    'null',
    '0',
    '"OK"',
    ILLEGAL,
    message('OK'),
    { error: 'x' },
  ]) {
    expect([body, summary(route, { status: 200, body, cookies: COOKIES })]).toEqual([body, 'Unrecognized']);
  }
});

describe('a session', () => {
  test('has the ends of both tokens, the account and its role', () => {
    const meaning = classify('login', answerOf({ status: 200, body: SESSION, cookies: COOKIES }));
    if (meaning instanceof BridgeError || meaning.kind !== 'session') throw new Error('no session');
    const { accessToken, refreshToken, ...rest } = meaning.session;
    expect(rest).toEqual({
      accountId: ACCOUNT,
      role: 'USER',
      expiresAt: ACCESS_END * 1000,
      openedAt: NOW,
      sessionEndsAt: Date.UTC(2026, 0, 9, 23, 6, 40),
    });
    expect([accessToken.reveal(), refreshToken.reveal()]).toEqual([ACCESS, REFRESH]);
  });

  test('ends with the refresh token when the cookie names no end, or one that is no date', () => {
    for (const cookie of [`refreshToken=${REFRESH}`, `refreshToken=${REFRESH}; Expires=some day`]) {
      const meaning = classify('refresh', answerOf({ status: 200, body: SESSION, cookies: [cookie] }));
      if (meaning instanceof BridgeError || meaning.kind !== 'session') throw new Error('no session');
      expect(meaning.session.sessionEndsAt).toBe(REFRESH_END * 1000);
    }
  });

  test('is none when nobody says when it ends', () => {
    expect(summary('login', { status: 200, body: SESSION, cookies: ['refreshToken=opaque'] })).toBe(
      'Unrecognized',
    );
  });
});

describe('a page of accounts', () => {
  const page = (offset: number, total: number, count: number): number | null => {
    const users = Array.from({ length: count }, () => ({ ...USER, id: ACCOUNT }));
    const meaning = classify(
      'listAccounts',
      answerOf({ status: 200, body: { users, total, offset, limit: 2 } }),
    );
    if (meaning instanceof BridgeError || meaning.kind !== 'page') throw new Error('no page');
    return meaning.cursor;
  };

  test('goes on where it ended, whatever page size LibreChat chose', () => {
    expect(page(0, 5, 2)).toBe(2);
    expect(page(2, 5, 2)).toBe(4);
  });

  test('is the last one at the total, and when it is empty', () => {
    expect(page(4, 5, 1)).toBeNull();
    expect(page(2, 5, 0)).toBeNull();
  });
});

describe('a 429 waits', () => {
  const wait = (headers: Record<string, string>): number | undefined => {
    const meaning = classify('login', answerOf({ status: 429, body: message('Too many'), headers }));
    return meaning instanceof BridgeError ? meaning.retryAfterSeconds : undefined;
  };
  const inSeconds = (seconds: number): string => String(Math.round(NOW / 1000) + seconds);

  test.each([
    ['as long as Retry-After says', { 'retry-after': '292', 'x-ratelimit-reset': inSeconds(17) }, 292],
    ['until the date of Retry-After', { 'retry-after': new Date(NOW + 90_000).toUTCString() }, 90],
    ['a second when that date is past', { 'retry-after': new Date(NOW - 90_000).toUTCString() }, 1],
    ['until the window ends', { 'x-ratelimit-reset': inSeconds(17) }, 17],
    [
      'until the window ends when Retry-After is nonsense',
      { 'retry-after': '-5', 'x-ratelimit-reset': inSeconds(9) },
      9,
    ],
    ['a minute when nothing is said', {}, 60],
    ['a day at most', { 'retry-after': '999999999' }, 86_400],
  ])('%s', (_claim, headers, seconds) => {
    expect(wait(headers)).toBe(seconds);
  });
});

test('no error repeats what LibreChat wrote', () => {
  const text = 'ada@example.org is not allowed on 127.0.0.1:27017';
  for (const route of ALL_ROUTES) {
    for (const status of [200, 400, 401, 403, 404, 422, 429, 500]) {
      for (const body of [message(text), message(`email: ${text}`), text]) {
        const meaning = classify(route, answerOf({ status, body }));
        if (!(meaning instanceof BridgeError)) continue;
        expect(meaning.message).not.toContain('example');
        expect(meaning.message).not.toContain('127.0.0.1');
        expect(meaning.cause).toBeUndefined();
      }
    }
  }
});
