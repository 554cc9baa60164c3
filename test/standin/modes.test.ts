import { describe, expect, test } from '@jest/globals';
import { linkOf, PASSWORD, record, using, type Bench } from './harness.ts';

async function lastLink(bench: Bench): Promise<string> {
  const { mails } = await bench.control('GET', '/mails');
  const { html } = record(Array.isArray(mails) ? mails.at(-1) : undefined);
  const escaped = /href="([^"]+)"/.exec(String(html))?.[1] ?? '';
  expect(escaped).toContain('&#x3D;');
  return escaped.replaceAll('&#x3D;', '=').replaceAll('&amp;', '&');
}

describe('with mail configured', () => {
  test(
    'an account is unverified until its link is used, once',
    using({ mail: 'works' }, async (bench) => {
      await bench.register('a@example.org');
      expect(await bench.login('a@example.org')).toMatchObject({
        status: 422,
        text: '{"message":"Email not verified."}',
      });
      const { searchParams } = new URL(await lastLink(bench));
      const body = { email: searchParams.get('email'), token: searchParams.get('token') };
      expect((await bench.call('POST', '/api/user/verify', body)).json).toMatchObject({ status: 'success' });
      expect((await bench.call('POST', '/api/user/verify', body)).status).toBe(400);
      expect((await bench.login('a@example.org')).status).toBe(200);
    }),
  );

  test(
    'a reset link goes by mail and never into the answer',
    using({ mail: 'works', allowUnverifiedEmailLogin: true }, async (bench) => {
      await bench.register('a@example.org');
      const asked = await bench.call('POST', '/api/auth/requestPasswordReset', { email: 'a@example.org' });
      const unknown = await bench.call('POST', '/api/auth/requestPasswordReset', { email: 'b@example.org' });
      expect(asked.text).toBe(unknown.text);
      expect((await bench.reset(linkOf(await lastLink(bench)), 'second-password')).status).toBe(200);
    }),
  );

  test(
    'a dead mail server undoes a registration, and lets a reset half happen',
    using({}, async (bench) => {
      const { cookie } = await bench.enrolled('a@example.org');
      const link = await bench.resetLink('a@example.org');
      await bench.settings({ mail: 'dead' });
      expect((await bench.register('b@example.org')).status).toBe(500);
      expect((await bench.login('b@example.org')).json['message']).toBe('Email does not exist.');
      const half = await bench.reset(link, 'second-password');
      expect(half).toMatchObject({ status: 400, json: { message: 'connect ECONNREFUSED 127.0.0.1:2525' } });
      expect((await bench.login('a@example.org', 'second-password')).status).toBe(200);
      expect((await bench.refresh(cookie)).status).toBe(200);
    }),
  );
});

test(
  'a lost database is silence first, then a different wrong answer from every route',
  using({ databaseSilenceMs: 100 }, async (bench) => {
    const { cookie, bearer } = await bench.enrolled('a@example.org');
    const link = await bench.resetLink('a@example.org');
    await bench.settings({ databaseLost: true });
    expect(await bench.refresh(cookie)).toMatchObject({ status: 403, text: 'Invalid refresh token' });
    expect(await bench.login('a@example.org')).toMatchObject({
      status: 500,
      text: 'An unknown error occurred.',
    });
    expect(await bench.register('b@example.org')).toMatchObject({
      status: 500,
      json: { message: 'Something went wrong' },
    });
    const { json } = await bench.reset(link, 'second-password');
    expect(json['message']).toContain('ECONNREFUSED');
    const me = await bench.call('GET', '/api/user', undefined, { authorization: bearer });
    expect(me).toMatchObject({ status: 500, text: 'An unknown error occurred.' });
    expect((await bench.call('GET', '/readyz')).status).toBe(200);
    expect((await bench.call('GET', '/api/config')).status).toBe(200);
    await bench.settings({ databaseLost: false });
    expect((await bench.refresh(cookie)).status).toBe(200);
  }),
);

test(
  'a request that waits for a lost database goes on when it comes back',
  using({ databaseSilenceMs: 60_000, databaseLost: true }, async (bench) => {
    const waiting = bench.register('a@example.org');
    await bench.event('register', 'before');
    await bench.settings({ databaseLost: false });
    expect((await waiting).status).toBe(200);
  }),
);

describe('flags', () => {
  test(
    'closed registration, closed reset and kept accounts answer as LibreChat does',
    using(
      { allowRegistration: false, allowPasswordReset: false, allowAccountDeletion: false },
      async (bench) => {
        expect((await bench.register('a@example.org')).json['message']).toBe('Registration is not allowed.');
        const reset = await bench.call('POST', '/api/auth/requestPasswordReset', { email: 'a@example.org' });
        expect(reset).toMatchObject({ status: 403, text: 'Password reset is not allowed.' });
        const config = await bench.call('GET', '/api/config');
        expect(config.json).toMatchObject({ registrationEnabled: false, passwordResetEnabled: false });
        await bench.control('POST', '/users/a@example.org', { create: true, password: PASSWORD });
        const { json } = await bench.login('a@example.org');
        const headers = { authorization: `Bearer ${String(json['token'])}` };
        expect((await bench.call('DELETE', '/api/user/delete', undefined, headers)).status).toBe(403);
      },
    ),
  );

  test(
    'a session length that is no whole second breaks every correct login',
    using({ sessionExpiryMs: 1500 }, async (bench) => {
      await bench.register('a@example.org');
      expect(await bench.login('a@example.org')).toMatchObject({
        status: 500,
        json: { message: 'Something went wrong' },
      });
      expect((await bench.login('a@example.org', 'wrong-password')).status).toBe(404);
    }),
  );

  test(
    'email login is refused only where the flag is enforced',
    using({ allowEmailLogin: false }, async (bench) => {
      await bench.register('a@example.org');
      expect((await bench.login('a@example.org')).status).toBe(200);
      await bench.settings({ emailLoginEnforced: true });
      expect((await bench.login('a@example.org')).json['message']).toBe('Email login is not allowed.');
    }),
  );

  test(
    'a foreign domain can neither register nor ask for a reset',
    using({ allowedDomains: ['example.org'] }, async (bench) => {
      expect((await bench.register('a@example.com')).status).toBe(403);
      const asked = await bench.call('POST', '/api/auth/requestPasswordReset', { email: 'a@example.com' });
      expect(asked).toMatchObject({ status: 400, json: { code: 'auth_failed' } });
      expect((await bench.register('a@EXAMPLE.org')).status).toBe(200);
    }),
  );

  test(
    'cookies are Secure in production on a public host',
    using({ nodeEnv: 'production', domainServer: 'https://chat.example.org' }, async (bench) => {
      await bench.register('a@example.org');
      const cookies = (await bench.login('a@example.org')).headers.getSetCookie();
      expect(cookies).toHaveLength(2);
      for (const cookie of cookies)
        expect(cookie).toMatch(/; Path=\/; Expires=.+; HttpOnly; Secure; SameSite=Strict$/);
    }),
  );

  test(
    'the control port names a setting it does not know',
    using({}, async (bench) => {
      expect(await bench.settings({ loginMax: 'many', nonsense: 1 })).toEqual({
        error: 'wrong kind of value for loginMax; unknown setting nonsense',
      });
    }),
  );
});
