import { describe, expect, test } from '@jest/globals';

import type { LibreChatAdapter } from '../../activities/adapters/librechat/index.ts';
import {
  adapterFor,
  type Calls,
  CREDENTIAL,
  decided,
  each,
  ending,
  endings,
  SLACK_MS,
  TIMEOUT_MS,
  TIMEOUTS,
  TOKEN,
  undecided,
} from './librechat-calls.ts';
import { closedPort, type RawAnswer, reply, startRawServer } from './raw-server.ts';

const MEGABYTE = 1_048_576;
const head = (lines: readonly string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
/** Writes a piece every few milliseconds until the client is gone. */
const trickle =
  (start: string, piece: string): RawAnswer =>
  (socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(piece), 5);
    socket.once('close', () => clearInterval(timer));
  };

const NEVER_WHOLE: readonly (readonly [string, RawAnswer])[] = [
  ['says nothing', () => {}],
  ['closes the connection', (socket) => socket.destroy()],
  ['resets the connection', (socket) => socket.resetAndDestroy()],
  ['never finishes its headers', trickle('HTTP/1.1 200 OK\r\n', 'X-A: b\r\n')],
  ['sends headers without end', trickle('HTTP/1.1 200 OK\r\n', `X-A: ${'b'.repeat(9000)}\r\n`)],
  ['never finishes its body', trickle(head(['Content-Length: 1000000']), 'x')],
  ['sends chunks without end', trickle(head(['Transfer-Encoding: chunked']), '1\r\nx\r\n')],
  ['truncates its body', (socket) => socket.end(`${head(['Content-Length: 100'])}{"token":`)],
  ['truncates a chunk', (socket) => socket.end(`${head(['Transfer-Encoding: chunked'])}ff\r\n{"token":`)],
  ['speaks no HTTP', (socket) => socket.write('SSH-2.0-OpenSSH_9.6\r\n')],
  [
    'upgrades',
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  ],
];

describe('when LibreChat was sent the request and', () => {
  test.each(NEVER_WHOLE)('%s, every call ends in time and no connection is left', async (_claim, answer) => {
    await using server = await startRawServer(answer);
    await using adapter = adapterFor(server.url, { connections: 20, ...TIMEOUTS });
    const startedAt = performance.now();
    expect(await endings(decided(adapter))).toEqual(each(decided(adapter), 'UpstreamUnavailable'));
    expect(await endings(undecided(adapter))).toEqual(
      each(undecided(adapter), 'unknown/UpstreamUnavailable'),
    );
    expect(performance.now() - startedAt).toBeLessThan(2 * (TIMEOUT_MS + SLACK_MS));
    await server.allClosed();
  });

  test('answers 10 MB, the answer is given up and the connection closed', async () => {
    const size = 10 * MEGABYTE;
    await using server = await startRawServer(reply(200, 'x'.repeat(size)));
    await using adapter = adapterFor(server.url);
    expect(await ending(adapter.login(CREDENTIAL))).toBe('UpstreamUnavailable');
    await server.allClosed();
  });

  test('answers exactly the largest body, it is read', async () => {
    await using server = await startRawServer(reply(200, 'x'.repeat(MEGABYTE)));
    await using adapter = adapterFor(server.url);
    expect(await ending(adapter.login(CREDENTIAL))).toBe('Unrecognized');
  });

  test.each([
    ['a page of HTML', reply(200, '<!doctype html><html></html>', ['Content-Type: text/html'])],
    ['nothing', reply(200, '')],
    ['an empty object', reply(200, '{}')],
    ['half a JSON, as if it were whole', reply(200, '{"token":"a.b.c","us')],
    ['204', reply(204, '')],
    ['a status that nobody knows', reply(299, '{}')],
  ])('answers %s, that is no success', async (_claim, answer) => {
    await using server = await startRawServer(answer);
    await using adapter = adapterFor(server.url);
    expect(await endings(decided(adapter))).toEqual(each(decided(adapter), 'Unrecognized'));
    expect(await endings(undecided(adapter))).toEqual(each(undecided(adapter), 'unknown/Unrecognized'));
  });

  test('redirects, nobody follows', async () => {
    await using server = await startRawServer(reply(302, '', ['Location: /login']));
    await using adapter = adapterFor(server.url);
    expect(await ending(adapter.refresh(TOKEN))).toBe('refused');
    expect(server.requests).toHaveLength(1);
  });

  test('refuses, calls with effects refuse too instead of being unknown', async () => {
    await using server = await startRawServer(reply(429, '', ['Retry-After: 7']));
    await using adapter = adapterFor(server.url);
    expect(await endings(undecided(adapter))).toEqual(each(undecided(adapter), 'RateLimited'));
    await expect(adapter.login(CREDENTIAL)).rejects.toMatchObject({
      code: 'RateLimited',
      retryAfterSeconds: 7,
    });
  });
});

describe('when the request was never sent, every call throws: nothing can have changed', () => {
  const all = (adapter: LibreChatAdapter): Calls => ({ ...decided(adapter), ...undecided(adapter) });

  test('nobody listens', async () => {
    await using adapter = adapterFor(`http://127.0.0.1:${await closedPort()}`);
    expect(await endings(all(adapter))).toEqual(each(all(adapter), 'UpstreamUnavailable'));
  });

  test('the name does not resolve', async () => {
    await using adapter = adapterFor('http://librechat.invalid');
    expect(await ending(adapter.register({ ...CREDENTIAL, name: 'Ada' }))).toBe('UpstreamUnavailable');
  });

  test('the TLS handshake is not answered', async () => {
    await using server = await startRawServer(() => {});
    await using adapter = adapterFor(`https://127.0.0.1:${server.port}`, { ...TIMEOUTS });
    expect(await endings(all(adapter))).toEqual(each(all(adapter), 'UpstreamUnavailable'));
  });

  test('all connections are busy until the deadline, and it is not sent later either', async () => {
    await using server = await startRawServer(() => {});
    await using adapter = adapterFor(server.url, {
      connections: 1,
      ...TIMEOUTS,
      loginTimeoutMs: 5 * TIMEOUT_MS,
    });
    const busy = ending(adapter.login(CREDENTIAL));
    expect(await ending(adapter.register({ ...CREDENTIAL, name: 'Ada' }))).toBe('UpstreamUnavailable');
    expect(await busy).toBe('UpstreamUnavailable');
    // The next one gets the connection that the dead one waited for.
    expect(await ending(adapter.ready())).toBe('UpstreamUnavailable');
    expect(server.requests.map((request) => request.split(' ')[1])).toEqual(['/api/auth/login', '/readyz']);
  });

  test('the adapter was closed', async () => {
    await using server = await startRawServer(reply(200, 'OK'));
    const adapter = adapterFor(server.url);
    expect(await adapter.ready()).toBe(true);
    await adapter.close();
    await server.allClosed();
    expect(await endings(all(adapter))).toEqual(each(all(adapter), 'UpstreamUnavailable'));
    expect(server.requests).toHaveLength(1);
  });
});
