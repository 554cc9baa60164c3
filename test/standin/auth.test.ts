import { describe, expect, test } from '@jest/globals';
import { using } from './harness.ts';

describe('registration and login', () => {
  test(
    'the first account is ADMIN, the second USER, and addresses are lower-cased',
    using({}, async (bench) => {
      await bench.register('Boss@Example.org');
      await bench.register('staff@example.org');
      expect((await bench.login('boss@example.org')).json['user']).toMatchObject({
        role: 'ADMIN',
        provider: 'local',
      });
      expect((await bench.login('STAFF@example.org')).json['user']).toMatchObject({
        role: 'USER',
        refreshToken: [],
      });
    }),
  );

  test(
    'an existing address gets the same answer, a second later, and changes nothing',
    using({}, async (bench) => {
      const first = await bench.register('a@example.org');
      const began = Date.now();
      const second = await bench.register('A@example.org', 'another-password');
      expect(Date.now() - began).toBeGreaterThanOrEqual(990);
      expect([second.status, second.text]).toEqual([first.status, first.text]);
      expect((await bench.login('a@example.org')).status).toBe(200);
      expect(await bench.account('a@example.org')).toMatchObject({ registrations: 1, distinctPasswords: 1 });
    }),
  );

  test(
    'refused registrations are 404 with the texts of zod 3',
    using({}, async (bench) => {
      const refused = async (body: unknown) =>
        (await bench.call('POST', '/api/auth/register', body)).json['message'];
      expect(await refused({})).toBe(
        'name: Required email: Required password: Required confirm_password: Required',
      );
      const body = {
        name: 'Ann',
        email: 'ann@example.org',
        password: 'long-enough',
        confirm_password: 'long-enough',
      };
      expect(await refused({ ...body, confirm_password: 'other-enough' })).toBe(
        ': The passwords did not match',
      );
      expect(await refused({ ...body, email: 'a@localhost' })).toBe('email: Invalid email');
      expect(await refused({ ...body, username: "o'neil" })).toBe(
        'username: Potential injection attack detected',
      );
      expect(await refused({ ...body, token: 'abc' })).toBe('Invalid invite token');
    }),
  );

  test(
    'refused logins say why, with 404',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      const said = async (email: string, password: string) =>
        (await bench.login(email, password)).json['message'];
      expect(await said('a@example.org', 'wrong-password')).toBe('Incorrect password.');
      expect(await said('b@example.org', 'wrong-password')).toBe('Email does not exist.');
      expect(await said('a@example.org', 'abc')).toBe(
        'password: String must contain at least 8 character(s)',
      );
      expect(await said('', '')).toBe('Missing credentials');
    }),
  );

  test(
    'a missing body and a broken one get what Express makes of them',
    using({}, async (bench) => {
      const bare = await bench.call('POST', '/api/auth/register');
      expect([bare.status, bare.type, bare.text]).toEqual([
        500,
        'text/html; charset=utf-8',
        'An unknown error occurred.',
      ]);
      const broken = await bench.call('POST', '/api/auth/login', '{');
      expect([broken.status, broken.json['error']]).toEqual([400, 'Invalid JSON format']);
      const reset = await bench.call('POST', '/api/auth/requestPasswordReset');
      expect(reset.json['message']).toBe(
        "Cannot destructure property 'email' of 'req.body' as it is undefined.",
      );
    }),
  );
});

describe('sessions', () => {
  test(
    'a refresh kills the old cookie at once and leaves the session end where login put it',
    using({}, async (bench) => {
      const { cookie, bearer } = await bench.enrolled('a@example.org');
      const before = end(cookie);
      // Another second than the login's, or the rotated token would be the old one byte for byte.
      await bench.fault('refresh', 'before', 'delay', { ms: 1001 });
      const renewed = await bench.refresh(cookie);
      expect(renewed.status).toBe(200);
      expect(renewed.json['user']).not.toHaveProperty('id');
      expect(end(renewed.cookie ?? '')).toBe(before);
      expect((await bench.refresh(cookie)).status).toBe(401);
      expect((await bench.call('GET', '/api/user', undefined, { authorization: bearer })).status).toBe(200);
    }),
  );

  test(
    'every way in which a refresh fails has its own answer',
    using({}, async (bench) => {
      const { cookie, bearer } = await bench.enrolled('a@example.org');
      const authorization = { authorization: bearer };
      expect(await bench.refresh(undefined)).toMatchObject({
        status: 200,
        text: 'Refresh token not provided',
      });
      expect(await bench.refresh('refreshToken=x')).toMatchObject({
        status: 403,
        text: 'Invalid refresh token',
      });
      const out = await bench.call('POST', '/api/auth/logout', undefined, { ...authorization, cookie });
      expect(out.headers.getSetCookie()).toHaveLength(5);
      const text = 'Refresh token expired or not found for this user';
      expect(await bench.refresh(cookie)).toMatchObject({ status: 401, text });
      expect(await bench.refresh(cookie, '?retry=true')).toMatchObject({
        status: 403,
        text: 'No session found',
      });
      expect((await bench.call('DELETE', '/api/user/delete', undefined, authorization)).json['message']).toBe(
        'User deleted',
      );
      const gone = await bench.refresh(cookie);
      expect([gone.status, gone.headers.get('location')]).toEqual([302, '/login']);
      const me = await bench.call('GET', '/api/user', undefined, authorization);
      expect(me).toMatchObject({ status: 401, json: { message: 'Unauthorized' } });
    }),
  );

  test(
    'a session ends for good although it was refreshed',
    using({ refreshTokenExpiryMs: 2000 }, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      const renewed = await bench.refresh(cookie);
      expect(renewed.status).toBe(200);
      await bench.fault('refresh', 'before', 'delay', { ms: 2001 });
      expect(await bench.refresh(renewed.cookie)).toMatchObject({
        status: 403,
        text: 'Invalid refresh token',
      });
    }),
  );

  test(
    'logout without its cookie ends the oldest session',
    using({}, async (bench) => {
      const oldest = await bench.enrolled('a@example.org');
      const newest = await bench.login('a@example.org');
      await bench.call('POST', '/api/auth/logout', undefined, { authorization: oldest.bearer });
      expect((await bench.refresh(oldest.cookie)).status).toBe(401);
      expect((await bench.refresh(newest.cookie)).status).toBe(200);
    }),
  );
});

describe('password reset', () => {
  test(
    'a reset ends all sessions, changes the password, and leaves access tokens alive',
    using({}, async (bench) => {
      const { cookie, bearer } = await bench.enrolled('a@example.org');
      const link = await bench.resetLink('a@example.org');
      expect(await bench.reset(link, 'second-password')).toMatchObject({ status: 200 });
      expect((await bench.refresh(cookie)).status).toBe(401);
      expect((await bench.login('a@example.org')).json['message']).toBe('Incorrect password.');
      expect((await bench.login('a@example.org', 'second-password')).status).toBe(200);
      expect((await bench.call('GET', '/api/user', undefined, { authorization: bearer })).status).toBe(200);
      expect(await bench.account('a@example.org')).toMatchObject({ distinctPasswords: 2, passwordWrites: 2 });
    }),
  );

  test(
    'a newer link fences the older one, and a used link is as bad as a wrong one',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      const older = await bench.resetLink('a@example.org');
      const newer = await bench.resetLink('a@example.org');
      expect(await bench.reset(older, 'second-password')).toMatchObject({ status: 400, text: '{}' });
      expect((await bench.reset(newer, 'second-password')).status).toBe(200);
      expect(await bench.reset(newer, 'third-password')).toMatchObject({ status: 400, text: '{}' });
    }),
  );

  test(
    'exceptions of the reset arrive as their text, and change nothing',
    using({}, async (bench) => {
      await bench.register('a@example.org');
      const { token, userId } = await bench.resetLink('a@example.org');
      const said = async (body: unknown) =>
        (await bench.call('POST', '/api/auth/resetPassword', body)).json['message'];
      expect(await said({ userId, password: 'second-password' })).toBe(
        'Illegal arguments: undefined, string',
      );
      expect(await said({ userId: 'x', token, password: 'second-password' })).toContain(
        'Cast to ObjectId failed',
      );
      expect(await said({ token, password: 'second-password' })).toBe(
        "Cannot read properties of null (reading 'email')",
      );
      expect((await bench.login('a@example.org')).status).toBe(200);
    }),
  );
});

function end(cookie: string): unknown {
  const payload: unknown = JSON.parse(Buffer.from(cookie.split('.')[1] ?? '', 'base64url').toString());
  return typeof payload === 'object' && payload !== null && 'exp' in payload ? payload.exp : undefined;
}
