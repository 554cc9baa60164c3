import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parseSetCookies, sessionCookieHeader } from '../../activities/adapters/librechat/cookies.ts';
import { parseHttpDate } from '../../activities/adapters/librechat/http-date.ts';
import { jwtEndsAt } from '../../activities/adapters/librechat/session.ts';
import { Secret } from '../../contract/secret.ts';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3Njg0MzIwMDB9.c2ln';

describe('Set-Cookie', () => {
  test('is read as LibreChat writes it', () => {
    const cookies = parseSetCookies([
      `refreshToken=${JWT}; Path=/; Expires=Fri, 09 Jan 2026 23:06:40 GMT; HttpOnly; Secure; SameSite=Strict`,
      'token_provider=librechat; Path=/; Expires=Fri, 09 Jan 2026 23:06:40 GMT; HttpOnly; SameSite=Strict',
    ]);
    const expiresAt = Date.UTC(2026, 0, 9, 23, 6, 40);
    expect(Object.fromEntries(cookies)).toEqual({
      refreshToken: { value: JWT, expiresAt },
      token_provider: { value: 'librechat', expiresAt },
    });
  });

  test('with an empty value clears the cookie', () => {
    const cleared = 'refreshToken=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT';
    expect(parseSetCookies([`refreshToken=${JWT}`, cleared]).size).toBe(0);
  });

  test('of the same name: the last one holds', () => {
    expect(parseSetCookies(['a=1', 'a=2']).get('a')?.value).toBe('2');
  });

  test('with broken percent-encoding is none', () => {
    expect(parseSetCookies(['a=%zz']).size).toBe(0);
  });

  test('with a date that is none has no end', () => {
    expect(parseSetCookies(['a=1; Expires=tomorrow 1']).get('a')).toEqual({
      value: '1',
      expiresAt: undefined,
    });
  });
});

test('only the refresh token and its provider are ever sent back', () => {
  expect(sessionCookieHeader(new Secret(JWT)).reveal()).toBe(`refreshToken=${JWT}; token_provider=librechat`);
});

const token = fc.string({ unit: 'binary', minLength: 1 }).filter((text) => text.isWellFormed());
const second = fc.integer({ min: 0, max: 4_102_444_800 });
const attribute = fc.constantFrom(
  'Path=/',
  'HttpOnly',
  'Secure',
  'SameSite=Strict',
  'Max-Age=1',
  'x=y=z',
  '',
  ' ',
);

test('every value and every end survives, in whatever company', () => {
  fc.assert(
    fc.property(token, second, fc.array(attribute), fc.array(attribute), (value, seconds, before, after) => {
      const expires = `${seconds % 2 === 0 ? 'Expires' : 'expires'}=${new Date(seconds * 1000).toUTCString()}`;
      const line = [`refreshToken=${encodeURIComponent(value)}`, ...before, expires, ...after].join('; ');
      expect(parseSetCookies([line, 'other=1']).get('refreshToken')).toEqual({
        value,
        expiresAt: seconds * 1000,
      });
    }),
    { numRuns: 10_000 },
  );
});

test('what is sent back is what was set', () => {
  fc.assert(
    fc.property(token, (value) => {
      const header = sessionCookieHeader(new Secret(value)).reveal();
      const [sent = ''] = header.split('; ');
      expect(header).toMatch(/^[\x21-\x7e]+; token_provider=librechat$/);
      expect(parseSetCookies([sent]).get('refreshToken')?.value).toBe(value);
    }),
    { numRuns: 10_000 },
  );
});

test('no header makes it throw', () => {
  const line = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(';', '=', '%', '%20', 'a', 'Expires', ' ')).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(fc.array(line), (lines) => {
      for (const { value } of parseSetCookies(lines).values()) expect(value).not.toBe('');
    }),
    { numRuns: 10_000 },
  );
});

describe('an HTTP date', () => {
  test('in the one format is exact to the second', () => {
    fc.assert(
      fc.property(second, (seconds) => {
        expect(parseHttpDate(new Date(seconds * 1000).toUTCString())).toBe(seconds * 1000);
      }),
    );
  });

  test.each([
    '',
    'foo 1',
    '2026-01-01',
    'Fri, 99 Jan 2026 23:06:40 GMT',
    'Fri, 09 Jan 2026 23:06:40 +0000',
    '0',
  ])('%j is none', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});

describe('the end of a JWT', () => {
  const jwt = (payload: string): string => `x.${Buffer.from(payload).toString('base64url')}.y`;

  test('is its exp, in milliseconds', () => {
    expect(jwtEndsAt(jwt('{"exp":1768432000}'))).toBe(1_768_432_000_000);
    expect(jwtEndsAt(JWT)).toBe(1_768_432_000_000);
  });

  test.each(['{}', '{"exp":"1"}', '{"exp":null}', '{"exp":-1}', '{"exp":0}', '{"exp":1e99}', '[]', 'x', ''])(
    'is unknown for %j',
    (payload) => {
      expect(jwtEndsAt(jwt(payload))).toBeUndefined();
    },
  );

  test('is unknown for any text that is no JWT', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(jwtEndsAt(text)).toBeUndefined();
      }),
    );
  });
});
