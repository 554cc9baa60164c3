import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createSessionStore, type RedisSessionStore } from '../../activities/adapters/session-store.ts';
import { parseKeyRing } from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { redisUrl } from '../setup/parts.ts';
import { TcpProxy } from '../setup/tcp-proxy.ts';
import { timed } from '../setup/timed.ts';
import { anyUser, sessionNamed } from '../suites/session-store.ts';

const newRing = (name: string) => parseKeyRing(name, new Secret(randomBytes(32).toString('base64url')));

interface Bundle extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly store: RedisSessionStore;
  /** How often it was said that Redis is away. */
  readonly timesAway: () => number;
}

/** A store that reaches Redis through a proxy, on a port that it has had once. */
async function setup(): Promise<Bundle> {
  const url = new URL(redisUrl());
  const proxy = new TcpProxy({ host: url.hostname, port: Number(url.port || 6379) });
  await proxy.open();
  url.host = `127.0.0.1:${proxy.port}`;
  let timesAway = 0;
  const store = createSessionStore({
    url: new Secret(url.href),
    sessionKeys: newRing('LIBRECHAT_SESSION_KEY'),
    refreshKeys: newRing('LIBRECHAT_REFRESH_KEY'),
    onConnectionError: () => timesAway++,
  });
  return {
    proxy,
    store,
    timesAway: () => timesAway,
    async [Symbol.asyncDispose]() {
      await store.disconnect();
      await proxy.cut();
    },
  };
}

const unavailable = { code: 'SessionStoreUnavailable' };

/** Asks until Redis answers; a client that never comes back fails by jest's own time-out. */
async function untilBack(store: RedisSessionStore): Promise<void> {
  const user = anyUser();
  for (;;) {
    try {
      await store.readEpoch(user);
      return;
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

test('Redis being away at the start is said once, fails calls at once, and is over when Redis is there', async () => {
  await using bundle = await setup();
  const { proxy, store } = bundle;
  await proxy.cut();
  await store.connect();
  const startedAt = performance.now();
  for (let call = 0; call < 20; call++)
    await expect(store.readEpoch(anyUser())).rejects.toMatchObject(unavailable);
  expect(performance.now() - startedAt).toBeLessThan(300);
  await proxy.open();
  await untilBack(store);
  expect(await store.publish(anyUser(), 0, sessionNamed('one'))).toMatchObject({ outcome: 'published' });
  expect(bundle.timesAway()).toBe(1);
});

test('the first call of all waits for the connection instead of failing', async () => {
  await using bundle = await setup();
  expect(await bundle.store.publish(anyUser(), 0, sessionNamed('one'))).toMatchObject({
    outcome: 'published',
  });
  expect(bundle.timesAway()).toBe(0);
});

test('a connection that breaks is made anew', async () => {
  await using bundle = await setup();
  const { proxy, store } = bundle;
  const user = anyUser();
  await store.publish(user, 0, sessionNamed('one'));
  await proxy.cut();
  await expect(store.readEpoch(user)).rejects.toMatchObject(unavailable);
  await proxy.open();
  await untilBack(store);
  expect(await store.readEpoch(user)).toBeGreaterThan(0);
  expect(bundle.timesAway()).toBe(1);
});

test('a stopped Redis costs a reader 300 ms and a writer 2 s', async () => {
  await using bundle = await setup();
  const { proxy, store } = bundle;
  const user = anyUser();
  await store.publish(user, 0, sessionNamed('one'));
  proxy.freeze();
  const refused = (call: () => Promise<unknown>) =>
    timed(() => expect(call()).rejects.toMatchObject(unavailable));
  const read = await refused(() => store.records.read(user));
  const written = await refused(() => store.records.close(user));
  expect(read.wallMs).toBeGreaterThan(290);
  expect(read.ms).toBeLessThan(1000);
  expect(written.wallMs).toBeGreaterThan(1990);
  expect(written.ms).toBeLessThan(3000);
});

test('a connection that leads nowhere is given up for a new one after three calls without an answer', async () => {
  await using bundle = await setup();
  const { proxy, store } = bundle;
  const user = anyUser();
  await store.publish(user, 0, sessionNamed('one'));
  proxy.freeze();
  for (let call = 0; call < 3; call++)
    await expect(store.records.read(user)).rejects.toMatchObject(unavailable);
  // Only new connections get through from here on: the old one stays as dead as it was.
  const lost = proxy.abandon();
  await untilBack(store);
  expect(await store.records.read(user)).not.toBeNull();
  lost.forEach((socket) => socket.destroy());
}, 15_000);

test('an answer in time forgives the calls before it', async () => {
  await using bundle = await setup();
  const { proxy, store } = bundle;
  const user = anyUser();
  await store.publish(user, 0, sessionNamed('one'));
  for (let round = 0; round < 2; round++) {
    proxy.freeze();
    for (let call = 0; call < 2; call++)
      await expect(store.records.read(user)).rejects.toMatchObject(unavailable);
    proxy.freeze(false);
    expect(await store.records.read(user)).not.toBeNull();
  }
  expect(proxy.connections).toBe(1);
});

test('closing does not wait for a Redis that does not answer, and ends all use', async () => {
  const bundle = await setup();
  const { proxy, store } = bundle;
  await store.publish(anyUser(), 0, sessionNamed('one'));
  proxy.freeze();
  void store.records.read(anyUser()).catch(() => undefined);
  const { ms } = await timed(async () => {
    await store.disconnect();
    await store.disconnect();
  });
  expect(ms).toBeLessThan(2000);
  await expect(store.readEpoch(anyUser())).rejects.toMatchObject(unavailable);
  await proxy.cut();
});

test('a URL that is none is refused at once, without being quoted', () => {
  const keys = { sessionKeys: newRing('A'), refreshKeys: newRing('B') };
  for (const url of ['http://:hunter2@localhost', 'hunter2', 'redis://:hunter2@local host:port']) {
    try {
      createSessionStore({ url: new Secret(url), ...keys });
      throw new Error('it was taken');
    } catch (error) {
      expect(error).toMatchObject({ code: 'ConfigurationInvalid' });
      expect(`${(error as Error).stack} ${String((error as Error).cause)}`).not.toContain('hunter2');
    }
  }
});
