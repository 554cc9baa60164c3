import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startStandIn, type RunningStandIn, type StandInOptions } from '../../standin/server.ts';
import { startAlteringProxy, type Alteration } from './altering-proxy.ts';
import { DEFAULTS, type ContractOptions } from './options.ts';
import { report } from './report.ts';
import { runContract, type ContractRun } from './run.ts';

/** Hashes and limits are out of the way: what counts here is that the suite notices. */
const FAST: StandInOptions['settings'] = {
  bcryptCost: 4,
  databaseLatencyMs: 0,
  loginMax: 10_000,
  registerMax: 10_000,
  resetPasswordMax: 10_000,
};

const NEXT_CENTURY = 'Expires=Fri, 01 Jan 2100 00:00:00 GMT';
const ADMIN = { address: 'admin@example.com', password: 'Administrator0' };

async function register(url: string, { address, password }: typeof ADMIN): Promise<void> {
  const json = { name: 'Administrator', email: address, password, confirm_password: password };
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.1' };
  await fetch(`${url}/api/auth/register`, { method: 'POST', headers, body: JSON.stringify(json) });
}

async function runOn(
  settings: StandInOptions['settings'],
  options: Partial<ContractOptions> = {},
): Promise<ContractRun> {
  const standIn = await startStandIn({ settings: { ...FAST, ...settings } });
  try {
    await register(standIn.url, ADMIN);
    return await runContract({ ...DEFAULTS, ...options, url: standIn.url });
  } finally {
    await standIn.close();
  }
}

const failed = ({ results }: ContractRun): string[] =>
  results.filter(({ verdict }) => verdict === 'failed').map(({ claim }) => claim);

describe('a server that answers a little differently', () => {
  let standIn: RunningStandIn;
  beforeAll(async () => {
    standIn = await startStandIn({ settings: FAST });
    await register(standIn.url, ADMIN);
  });
  afterAll(() => standIn.close());

  const runAltered = async (alter: Alteration, route: string): Promise<ContractRun> => {
    await using proxy = await startAlteringProxy(standIn.url, alter);
    return await runContract({ ...DEFAULTS, admin: ADMIN, routes: [route], url: proxy.url });
  };

  const on =
    (path: string, status: number, change: (answer: Parameters<Alteration>[0]) => void): Alteration =>
    (answer, requested) => {
      if (requested.split('?', 1)[0] === path && answer.status === status) change(answer);
    };
  const replace = (path: string, status: number, from: string | RegExp, to: string): Alteration =>
    on(path, status, (answer) => (answer.body = answer.body.replace(from, to)));
  const status = (path: string, from: number, to: number): Alteration =>
    on(path, from, (answer) => (answer.status = to));
  const cookies = (path: string, from: string | RegExp, to: string): Alteration =>
    on(path, 200, (answer) => (answer.cookies = answer.cookies.map((line) => line.replace(from, to))));

  const api = (name: string): string => `/api/auth/${name}`;

  const ALTERATIONS: readonly (readonly [what: string, route: string, alter: Alteration])[] = [
    ['says 400 to a bad registration', 'register', status(api('register'), 404, 400)],
    ['has another text for a created account', 'register', replace(api('register'), 200, 'check', 'read')],
    ['says 401 to a wrong password', 'login', status(api('login'), 404, 401)],
    ['says Wrong password.', 'login', replace(api('login'), 404, 'Incorrect password.', 'Wrong password.')],
    ['has cookies for scripts', 'login', cookies(api('login'), '; HttpOnly', '')],
    ['has lax cookies', 'login', cookies(api('login'), 'SameSite=Strict', 'SameSite=Lax')],
    ['shows a password hash', 'login', replace(api('login'), 200, '"user":{', '"user":{"password":"x",')],
    [
      'calls JSON text',
      'login',
      on(api('login'), 200, ({ headers }) => headers.set('content-type', 'text/plain')),
    ],
    ['sets no cookie', 'logout', on(api('login'), 200, (answer) => (answer.cookies = []))],
    ['says 403 to a dead session', 'refresh', status(api('refresh'), 401, 403)],
    ['says 401 without a cookie', 'refresh', on(api('refresh'), 200, toRefusalWithoutSession)],
    ['moves the end of the session', 'refresh', cookies(api('refresh'), /Expires=[^;]+/, NEXT_CENTURY)],
    ['shows the id on refresh', 'refresh', replace(api('refresh'), 200, '"user":{', '"user":{"id":"x",')],
    ['limits refreshes', 'refresh', on(api('refresh'), 200, addLimit)],
    ['keeps the cookies at logout', 'logout', on(api('logout'), 200, (answer) => (answer.cookies = []))],
    [
      'tells that an address is unknown',
      'requestPasswordReset',
      replace(api('requestPasswordReset'), 200, 'If an account', 'No account'),
    ],
    [
      'says why a link is bad',
      'resetPassword',
      replace(api('resetPassword'), 400, '{}', '{"message":"used"}'),
    ],
    ['says 404 to a bad link', 'resetPassword', status(api('resetPassword'), 400, 404)],
    ['has other words for a missing token', 'user', replace('/api/user', 401, 'No auth token', 'No token')],
    ['says 401 to the session of a deleted account', 'deleteUser', status(api('refresh'), 302, 401)],
    ['refuses users with 401', 'adminUsers', status('/api/admin/users', 403, 401)],
    ['has no total', 'adminUsers', replace('/api/admin/users', 200, '"total"', '"count"')],
    ['has a page for unknown paths of the API', 'paths', status('/api/nope', 404, 200)],
    ['is ready in other words', 'probes', replace('/readyz', 200, 'OK', 'READY')],
    ['has no limits', 'limits', (answer) => dropLimits(answer)],
  ];

  test.concurrent.each(ALTERATIONS)('that %s fails (%s)', async (_what, route, alter) => {
    const run = await runAltered(alter, route);
    expect(failed(run).length).toBeGreaterThan(0);
    const text = report(run);
    expect(text).toMatch(/\n\d+ passed, [1-9]\d* failed, \d+ skipped$/);
    expect(text).not.toMatch(/eyJ|[0-9a-f]{64}/);
  });

  test('and one that answers the same passes', async () => {
    expect(failed(await runAltered(() => undefined, 'login'))).toEqual([]);
  });
});

function toRefusalWithoutSession(answer: Parameters<Alteration>[0]): void {
  if (answer.body === 'Refresh token not provided') answer.status = 401;
}

function addLimit({ headers }: Parameters<Alteration>[0]): void {
  for (const name of ['limit', 'remaining', 'reset']) headers.set(`x-ratelimit-${name}`, '9');
}

function dropLimits({ headers }: Parameters<Alteration>[0]): void {
  for (const name of ['limit', 'remaining', 'reset']) headers.delete(`x-ratelimit-${name}`);
}

describe('a server that behaves differently', () => {
  test('access tokens of a minute fail, until the operator says so', async () => {
    const settings = { sessionExpiryMs: 60_000 };
    const claims = ['the access token names the account and lives SESSION_EXPIRY'];
    expect(failed(await runOn(settings, { routes: ['login'] }))).toEqual(claims);
    expect(failed(await runOn(settings, { routes: ['login'], sessionExpiryMs: 60_000 }))).toEqual([]);
  });

  test('an administrator who is none fails', async () => {
    const standIn = await startStandIn({ settings: FAST });
    try {
      await register(standIn.url, ADMIN);
      const user = { ...ADMIN, address: 'user@example.com' };
      await register(standIn.url, user);
      const run = await runContract({ ...DEFAULTS, admin: user, routes: ['adminUsers'], url: standIn.url });
      expect(failed(run)).toHaveLength(2);
      expect(report(run)).not.toContain(user.password);
    } finally {
      await standIn.close();
    }
  });
});

describe('the suite does not start', () => {
  test.each([
    ['registration is off', { allowRegistration: false }, 'ALLOW_REGISTRATION'],
    ['reset is off', { allowPasswordReset: false }, 'ALLOW_PASSWORD_RESET'],
    ['mails are sent', { mail: 'works' as const }, 'EMAIL_FROM'],
    ['mails are sent in secret', { mail: 'works' as const, mailCredentials: false }, 'EMAIL_FROM'],
    ['the domain is refused', { allowedDomains: ['example.org'] }, '--domain'],
    ['it is not ready', { ready: false }, 'not ready'],
  ])('where %s', async (_where, settings, word) => {
    await expect(runOn(settings)).rejects.toThrow(word);
  });

  test('where the limits are too low; it names each variable and how much is needed', async () => {
    const limits = { loginMax: 7, registerMax: 5, resetPasswordMax: 2, resetPasswordSubmissionMax: 2 };
    const refusal = await runOn(limits).catch(String);
    expect(refusal).toMatch(/LOGIN_MAX is 7, but this run makes \d+ logins/);
    expect(refusal).toMatch(/REGISTER_MAX is 5, but this run makes \d+ registrations/);
    expect(refusal).toMatch(/RESET_PASSWORD_MAX is 2, but this run makes \d+ resets/);
    expect(refusal).toMatch(/RESET_PASSWORD_SUBMISSION_MAX is 2, but this run makes \d+ submissions/);
  });

  test('where the limits are used up; it says when they are free again', async () => {
    const standIn = await startStandIn({ settings: { ...FAST, resetPasswordMax: 2 } });
    try {
      await register(standIn.url, ADMIN);
      const options = { ...DEFAULTS, routes: ['limits'], url: standIn.url };
      await runContract(options);
      await expect(runContract(options)).rejects.toThrow(
        /RESET_PASSWORD_MAX is 2, of which 0 are left.*ends in \d+ s/,
      );
    } finally {
      await standIn.close();
    }
  });

  test('where nobody has registered yet, and it leaves nobody behind', async () => {
    const standIn = await startStandIn({ settings: FAST });
    try {
      for (const _time of [1, 2])
        await expect(runContract({ ...DEFAULTS, url: standIn.url })).rejects.toThrow('administrator first');
    } finally {
      await standIn.close();
    }
  });

  test('where nobody answers, and where somebody else does', async () => {
    const standIn = await startStandIn({ settings: FAST });
    await expect(runContract({ ...DEFAULTS, url: `${standIn.url}/chat` })).rejects.toThrow('--url');
    await standIn.close();
    await expect(runContract({ ...DEFAULTS, url: standIn.url })).rejects.toThrow('no answer');
  });

  test('with a route that there is not', async () => {
    await expect(runContract({ ...DEFAULTS, routes: ['nope'], url: 'http://127.0.0.1:1' })).rejects.toThrow(
      'there is no route nope',
    );
  });
});
