import { describe, expect, test } from '@jest/globals';
import { PASSWORD, using } from './harness.ts';

const BROWSER =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36';

describe('limiters', () => {
  test(
    'built-in values are those of LibreChat',
    using({ loginMax: 7, registerMax: 5, resetPasswordMax: 2 }, async (bench) => {
      const limit = async (route: string) =>
        (await bench.call('POST', `/api/auth/${route}`, {})).headers.get('x-ratelimit-limit');
      expect(await limit('login')).toBe('7');
      expect(await limit('register')).toBe('5');
      expect(await limit('requestPasswordReset')).toBe('2');
      expect(await limit('resetPassword')).toBeNull();
      expect(await limit('refresh')).toBeNull();
    }),
  );

  test(
    'at the limit the answer is 429 with Retry-After, and the window opens again by itself',
    using({ loginMax: 2, loginWindow: 0.02 }, async (bench) => {
      await bench.register('a@example.org');
      const first = await bench.login('a@example.org');
      expect(first.headers.get('x-ratelimit-remaining')).toBe('1');
      await bench.login('a@example.org', 'wrong-password');
      const refused = await bench.login('a@example.org');
      expect(refused).toMatchObject({
        status: 429,
        json: { message: 'Too many login attempts, please try again after 0.02 minutes.' },
      });
      expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(2);
      await bench.fault('login', 'before', 'delay', { ms: 1201 });
      expect((await bench.login('a@example.org')).status).toBe(200);
    }),
  );

  test(
    'a syntax error is free, a validation failure costs a slot',
    using({ registerMax: 2 }, async (bench) => {
      const left = async (body: unknown) =>
        (await bench.call('POST', '/api/auth/register', body)).headers.get('x-ratelimit-remaining');
      expect(await left('{')).toBeNull();
      expect(await left({})).toBe('1');
      expect(await left('{')).toBeNull();
      expect(await left({})).toBe('0');
    }),
  );

  test(
    'the key is the last forwarded address, or the second last when two proxies are trusted',
    using({ loginMax: 2 }, async (bench) => {
      const left = async (forwarded: string) =>
        (await bench.login('x@example.org', PASSWORD, { 'x-forwarded-for': forwarded })).headers.get(
          'x-ratelimit-remaining',
        );
      expect(await left('1.1.1.1, 2.2.2.2')).toBe('1');
      expect(await left('3.3.3.3, 2.2.2.2:4711')).toBe('0');
      expect(await left('not-an-ip')).toBe('1');
      expect(await left('2001:db8::1')).toBe('1');
      expect(await left('2001:db8::2')).toBe('1');
      await bench.settings({ trustProxy: 2 });
      expect(await left('9.9.9.9, 8.8.8.8')).toBe('1');
      expect(await left('9.9.9.9, 7.7.7.7')).toBe('0');
    }),
  );

  test(
    'the control port empties the counters, and the submission limiter is there when asked for',
    using({ loginMax: 1, resetPasswordSubmissionMax: 1 }, async (bench) => {
      await bench.login('x@example.org');
      expect((await bench.login('x@example.org')).status).toBe(429);
      await bench.settings({ resetLimits: true });
      expect((await bench.login('x@example.org')).status).toBe(404);
      await bench.call('POST', '/api/auth/resetPassword', {});
      expect((await bench.call('POST', '/api/auth/resetPassword', {})).status).toBe(429);
    }),
  );
});

describe('User-Agent and bans', () => {
  test(
    'a client that is no browser gets 200 and an error event without a content type',
    using({}, async (bench) => {
      const { bearer } = await bench.enrolled('a@example.org');
      const headers = { authorization: bearer, 'user-agent': 'MyBff/1.0' };
      const illegal = await bench.call('GET', '/api/files', undefined, headers);
      expect(illegal).toMatchObject({
        status: 200,
        type: null,
        text: 'event: error\ndata: {"message":"Illegal request"}\n\n',
      });
      const pretending = { ...headers, 'user-agent': 'MyBff/1.0 (Chrome/120.0)' };
      expect((await bench.call('GET', '/api/files', undefined, pretending)).status).toBe(404);
    }),
  );

  test(
    'with bans on that one request bans user and address and ends the sessions',
    using({ banViolations: true }, async (bench) => {
      const { bearer, cookie } = await bench.enrolled('a@example.org');
      const headers = { authorization: bearer, 'x-forwarded-for': '1.1.1.1' };
      await bench.call('GET', '/api/agents/x', undefined, { ...headers, 'user-agent': 'node' });
      expect((await bench.refresh(cookie)).status).toBe(401);
      const from = async (address: string) =>
        (await bench.login('b@example.org', PASSWORD, { 'x-forwarded-for': address })).status;
      expect([await from('1.1.1.1'), await from('2.2.2.2')]).toEqual([403, 404]);
      const stream = { ...headers, 'user-agent': BROWSER };
      expect((await bench.call('GET', '/api/agents/chat/stream/x', undefined, stream)).status).toBe(500);
      const chat = await bench.call('POST', '/api/agents/chat/Mock', { text: 'hi' }, stream);
      expect(chat.text).toContain(String.raw`"text":"{\"type\":\"ban\"}"`);
      expect((await bench.call('GET', '/api/user', undefined, headers)).status).toBe(200);
      await bench.settings({ clearBans: true });
      expect(await from('1.1.1.1')).toBe(404);
    }),
  );

  test(
    'the request that discovers a ban spreads it to its address, and from there to one clean user',
    using({}, async (bench) => {
      await bench.register('bad@example.org');
      await bench.register('clean@example.org');
      await bench.control('POST', '/users/bad@example.org', { banned: true });
      const from = async (user: string, address: string) =>
        (await bench.login(`${user}@example.org`, PASSWORD, { 'x-forwarded-for': address })).status;
      expect(await from('bad', '1.1.1.1')).toBe(403);
      expect(await from('clean', '1.1.1.1')).toBe(403);
      expect(await from('clean', '2.2.2.2')).toBe(200);
      await bench.control('POST', '/bans', { address: '3.3.3.3' });
      expect(await from('clean', '3.3.3.3')).toBe(403);
      expect(await from('clean', '2.2.2.2')).toBe(403);
    }),
  );
});
