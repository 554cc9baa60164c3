import { describe, expect, test } from '@jest/globals';

import {
  type AnswerSeen,
  type LossSeen,
  createLibreChat,
  type LibreChatAdapter,
} from '../../activities/adapters/librechat/index.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { ACCOUNT, adapterFor, CREDENTIAL, ending, TOKEN } from './librechat-calls.ts';
import { reply, startRawServer } from './raw-server.ts';

const COMMON = [
  'connection: keep-alive',
  'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  'accept: application/json, text/plain, */*',
];
const sent = async (call: (adapter: LibreChatAdapter) => Promise<unknown>, prefix = ''): Promise<string> => {
  await using server = await startRawServer(reply(500, ''));
  await using adapter = adapterFor(`${server.url}${prefix}`);
  await ending(call(adapter));
  return (server.requests[0] ?? '').replace(`host: 127.0.0.1:${server.port}\r\n`, '');
};
const request = (line: string, headers: readonly string[], body: string): string =>
  [`${line} HTTP/1.1`, ...COMMON, ...headers, '', body].join('\r\n');

describe('what is sent', () => {
  test('a login is address and password, and not a header more', async () => {
    const body = '{"email":"ada@example.org","password":"correct horse battery"}';
    const headers = ['content-type: application/json', `content-length: ${body.length}`];
    expect(await sent((adapter) => adapter.login(CREDENTIAL))).toBe(
      request('POST /api/auth/login', headers, body),
    );
  });

  test('a path prefix of the base URL is kept, with or without a slash at its end', async () => {
    for (const prefix of ['/chat/libre', '/chat/libre/']) {
      expect(await sent((adapter) => adapter.config(), prefix)).toBe(
        request('GET /chat/libre/api/config', [], ''),
      );
    }
  });

  test('a refresh is the two cookies', async () => {
    const headers = ['cookie: refreshToken=a.b.c; token_provider=librechat', 'content-length: 0'];
    expect(await sent((adapter) => adapter.refresh(TOKEN))).toBe(
      request('POST /api/auth/refresh', headers, ''),
    );
  });

  test('a logout is the bearer and the cookies of that very session', async () => {
    const headers = [
      'authorization: Bearer x.y.z',
      'cookie: refreshToken=a.b.c; token_provider=librechat',
      'content-length: 0',
    ];
    const logout = { accessToken: new Secret('x.y.z'), refreshToken: TOKEN };
    expect(await sent((adapter) => adapter.logout(logout))).toBe(
      request('POST /api/auth/logout', headers, ''),
    );
  });

  test('a page of accounts is a bearer, a size and an offset', async () => {
    const line = 'GET /api/admin/users?limit=100&offset=200';
    expect(await sent((adapter) => adapter.listAccounts(TOKEN, 200))).toBe(
      request(line, ['authorization: Bearer a.b.c'], ''),
    );
  });

  test('connections are kept and used again', async () => {
    await using server = await startRawServer(reply(200, 'OK'));
    await using adapter = adapterFor(server.url);
    for (let call = 0; call < 20; call += 1) expect(await adapter.ready()).toBe(true);
    expect(server.connections).toBeLessThan(5);
  });
});

describe('the observer', () => {
  test('is told route, status, duration and limits as numbers, and no secret', async () => {
    const limits = ['X-RateLimit-Limit: 7', 'X-RateLimit-Remaining: 6', 'X-RateLimit-Reset: 1767323000'];
    const others = ['Set-Cookie: refreshToken=secret-cookie; Path=/', 'Date: Fri, 02 Jan 2026 03:00:00 GMT'];
    await using server = await startRawServer(
      reply(404, '{"message":"Incorrect password."}', [...limits, ...others]),
    );
    const seen: AnswerSeen[] = [];
    await using adapter = adapterFor(server.url, { onAnswer: (answer: AnswerSeen) => seen.push(answer) });
    await adapter.login(CREDENTIAL);
    expect(seen).toEqual([
      {
        route: 'login',
        status: 404,
        durationMs: expect.any(Number),
        rateLimit: { limit: 7, remaining: 6, resetAtSeconds: 1_767_323_000, retryAfterSeconds: undefined },
        code: undefined,
        saidAtSeconds: Date.UTC(2026, 0, 2, 3) / 1_000,
      },
    ]);
  });

  test('is told that there is no limit', async () => {
    await using server = await startRawServer(reply(200, 'OK'));
    const seen: AnswerSeen[] = [];
    await using adapter = adapterFor(server.url, { onAnswer: (answer: AnswerSeen) => seen.push(answer) });
    await adapter.ready();
    expect(seen[0]?.rateLimit).toBeUndefined();
  });

  test('is told the error that an answer stands for', async () => {
    await using server = await startRawServer(reply(403, '{"message":"Registration is not allowed."}'));
    const seen: AnswerSeen[] = [];
    await using adapter = adapterFor(server.url, { onAnswer: (answer: AnswerSeen) => seen.push(answer) });
    await ending(adapter.register({ ...CREDENTIAL, name: 'Ada' }));
    expect(seen).toMatchObject([{ route: 'register', status: 403, code: 'RegistrationClosed' }]);
  });

  test('is told of a call without an answer whether it was sent', async () => {
    const seen: LossSeen[] = [];
    const onLoss = (loss: LossSeen): unknown => seen.push(loss);
    {
      await using server = await startRawServer((socket) => socket.destroy());
      await using adapter = adapterFor(server.url, { onLoss });
      await ending(adapter.login(CREDENTIAL));
    }
    await using adapter = adapterFor('http://127.0.0.1:1', { onLoss });
    await ending(adapter.login(CREDENTIAL));
    expect(seen).toEqual([
      { route: 'login', sent: true },
      { route: 'login', sent: false },
    ]);
  });

  test('cannot spoil a call', async () => {
    await using server = await startRawServer(reply(200, '{"message":"Password reset was successful"}'));
    const onAnswer = (): never => {
      throw new Error('a bug of the observer');
    };
    await using adapter = adapterFor(server.url, { onAnswer });
    expect(await ending(adapter.resetPassword({ accountId: ACCOUNT, token: TOKEN, password: TOKEN }))).toBe(
      'done',
    );
  });
});

test.each([
  '',
  'librechat:3080',
  'ftp://librechat',
  'http://user:pass@librechat',
  'http://librechat/?a=b',
  '/api',
])('the base URL %j is refused at once, and not repeated', (baseUrl) => {
  const expected: ErrorCode = 'ConfigurationInvalid';
  let error: unknown;
  try {
    createLibreChat({ baseUrl });
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ code: expected });
  expect(String(error)).not.toContain('user:pass');
});
