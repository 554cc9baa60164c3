import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  createSessionRecords,
  openAccessToken,
  parseKeyRing,
  READ_TIMEOUT_MS,
  readRecord,
  recordKeys,
  type RedisCommands,
  type RedisScript,
  type SessionRecords,
} from '../../client/session-record/index.ts';
import { Secret } from '../../contract/secret.ts';
import { TcpProxy } from '../setup/tcp-proxy.ts';
import { timed } from '../setup/timed.ts';
import { anyUser, sessionNamed } from './session-store.ts';

/** A client of some Redis library, and what only its tests may do with it. */
export interface ConnectedLibrary {
  readonly commands: RedisCommands;
  /** Makes Redis forget all scripts. */
  readonly flushScripts: () => Promise<unknown>;
  readonly set: (key: string, value: string) => Promise<unknown>;
  /** Makes the key a list. */
  readonly push: (key: string, value: string) => Promise<unknown>;
  /** At once, whether Redis is there or not. */
  readonly close: () => void;
}

const newRing = (name: string) => parseKeyRing(name, new Secret(randomBytes(32).toString('base64url')));
const sessionKeys = newRing('LIBRECHAT_SESSION_KEY');
const refreshKeys = newRing('LIBRECHAT_REFRESH_KEY');
const recordsOn = ({ commands }: ConnectedLibrary): SessionRecords =>
  createSessionRecords({ redis: commands, sessionKeys, refreshKeys });

/** What holds for the session records on every library that a BFF may bring. */
export function redisCommandsSuite({
  redisUrl,
  connect,
}: {
  readonly redisUrl: string;
  readonly connect: (url: string) => Promise<ConnectedLibrary>;
}): void {
  let library: ConnectedLibrary;
  let records: SessionRecords;
  beforeAll(async () => {
    library = await connect(redisUrl);
    records = recordsOn(library);
  });
  afterAll(() => library.close());

  describe('the commands', () => {
    test('a key that is not there is read as null, one that is there as its text', async () => {
      const key = `librechat-test:{${anyUser()}}`;
      expect(await library.commands.get(key)).toBeNull();
      await library.set(key, 'Größe');
      expect(await library.commands.get(key)).toBe('Größe');
    });

    test('a script gets its keys and arguments in their order', async () => {
      const tag = anyUser();
      const script = scriptOf('return { KEYS[1], KEYS[2], ARGV[1], ARGV[2], #KEYS .. "/" .. #ARGV }');
      const keys = [`librechat-test:{${tag}}:1`, `librechat-test:{${tag}}:2`];
      const expected = [...keys, '', 'Größe', '2/2'];
      expect(await library.commands.run(script, keys, ['', 'Größe'])).toEqual(expected);
      expect(await library.commands.run(script, keys, ['', 'Größe'])).toEqual(expected);
    });

    test('a script that fails is not run a second time', async () => {
      const key = `librechat-test:{${anyUser()}}`;
      const script = scriptOf(`redis.call('INCR', KEYS[1]) return redis.error_reply('ERR no')`);
      await expect(library.commands.run(script, [key], [])).rejects.toThrow('no');
      await expect(library.commands.run(script, [key], [])).rejects.toThrow('no');
      expect(await library.commands.get(key)).toBe('2');
    });
  });

  describe('the records', () => {
    test('a published session is read and opened; a second writer of the same epoch is refused', async () => {
      const user = anyUser();
      const { outcome, epoch } = await records.publish(user, 0, sessionNamed('one'));
      expect(outcome).toBe('published');
      const record = readRecord((await records.read(user)) ?? '');
      expect(record.epoch).toBe(epoch);
      expect(openAccessToken(record, user, sessionKeys).reveal()).toBe('access-one');
      expect(await records.readEpoch(user)).toBe(epoch);
      expect(await records.publish(user, 0, sessionNamed('two'))).toEqual({ outcome: 'superseded', epoch });
    });

    test('a sign-out puts the record aside, and ends it once', async () => {
      const user = anyUser();
      expect((await records.close(user)).closing).toBeNull();
      await records.publish(user, await records.readEpoch(user), sessionNamed('one'));
      const raw = await records.read(user);
      expect((await records.close(user)).closing).toBe(raw);
      expect(await records.read(user)).toBeNull();
      expect(await records.readClosing(user)).toBe(raw);
      expect(await records.finishClose(user, raw ?? '')).toBe(true);
      expect(await records.finishClose(user, raw ?? '')).toBe(false);
    });

    test('a failed refresh leaves a note', async () => {
      const user = anyUser();
      const failure = { code: 'UpstreamUnavailable', until: Date.now() + 60_000 } as const;
      expect(await records.fail(user, 0, failure)).toBe('recorded');
      expect(await records.readFailure(user)).toEqual(failure);
    });

    test('all writers get through when Redis has forgotten the script', async () => {
      await library.flushScripts();
      const users = Array.from({ length: 20 }, anyUser);
      const written = await Promise.all(users.map((user) => records.publish(user, 0, sessionNamed('one'))));
      expect(written.map(({ outcome }) => outcome)).toEqual(users.map(() => 'published'));
    });

    test('a process that stood still is not taken for a Redis that is away', async () => {
      const user = anyUser();
      await records.publish(user, 0, sessionNamed('one'));
      const reading = records.read(user);
      // As the evaluation of a large module does, for example that of Temporal's client.
      for (const endsAt = performance.now() + 3 * READ_TIMEOUT_MS; performance.now() < endsAt;);
      expect(await reading).not.toBeNull();
    });

    test('a key of another type counts as a store that is away, and is named by a word only', async () => {
      const user = anyUser();
      await library.push(recordKeys(user).session, 'a list');
      await expect(records.read(user)).rejects.toMatchObject({
        code: 'SessionStoreUnavailable',
        message: expect.stringContaining(': WRONGTYPE.'),
      });
    });
  });

  describe('while Redis is away', () => {
    test.each(['cut', 'frozen'] as const)(
      'a read costs at most 300 ms and a write 2 s, and both work again afterwards: connection %s',
      async (how) => {
        await using proxied = await connectThroughProxy(redisUrl, connect);
        const { proxy, records } = proxied;
        const user = anyUser();
        await records.publish(user, 0, sessionNamed('one'));
        await (how === 'cut' ? proxy.cut() : proxy.freeze());
        expect(await durationOfRefusal(() => records.read(user))).toBeLessThan(1_000);
        expect(await durationOfRefusal(() => records.close(user))).toBeLessThan(3_000);
        await (how === 'cut' ? proxy.open() : proxy.freeze(false));
        await untilAnswered(() => records.readEpoch(user));
      },
    );
  });
}

const scriptOf = (source: string): RedisScript => ({
  source,
  sha1: createHash('sha1').update(source).digest('hex'),
});

interface Proxied extends AsyncDisposable {
  readonly proxy: TcpProxy;
  readonly records: SessionRecords;
}

async function connectThroughProxy(
  redisUrl: string,
  connect: (url: string) => Promise<ConnectedLibrary>,
): Promise<Proxied> {
  const url = new URL(redisUrl);
  const proxy = new TcpProxy({ host: url.hostname, port: Number(url.port || 6379) });
  await proxy.open();
  url.host = `127.0.0.1:${proxy.port}`;
  const library = await connect(url.href);
  return {
    proxy,
    records: recordsOn(library),
    async [Symbol.asyncDispose]() {
      library.close();
      await proxy.cut();
    },
  };
}

/** How long it took to hear that the store is away (ms). */
async function durationOfRefusal(call: () => Promise<unknown>): Promise<number> {
  const refused = () => expect(call()).rejects.toMatchObject({ code: 'SessionStoreUnavailable' });
  return (await timed(refused)).ms;
}

/** A client that never comes back fails by jest's own time-out. */
async function untilAnswered(call: () => Promise<unknown>): Promise<void> {
  const answered = (): Promise<boolean> =>
    call().then(
      () => true,
      () => false,
    );
  while (!(await answered())) await new Promise((resolve) => setTimeout(resolve, 20));
}
