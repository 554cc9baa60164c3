import { describe, expect, test } from '@jest/globals';
import type { World } from '../../tools/world.ts';
import { startTcpProxy, type TcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import { loginWithRow, passwordsWritten, watchPasswords } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { redisUrl } from '../setup/parts.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import { testWorld } from '../setup/worlds.ts';

/** Where a worker is when it is killed: `arrive` settles when it is there, having made every call before. */
interface Place {
  readonly prepare: (scene: Scene) => Promise<{ arrive: () => Promise<void>; leave: () => Promise<void> }>;
}

interface Scene {
  readonly world: World;
  readonly redis: TcpProxy;
  readonly id: string;
  readonly address: string;
}

/** At a point of a call to LibreChat; `nth` counts the calls of the user to that route from 1. */
const inCall = (route: string, at: string, nth = 1): Place => ({
  prepare: async ({ world: { standIn }, address }) => {
    await standIn.control.fault({ route, at, action: 'hold', address, skip: nth - 1 });
    return {
      arrive: () => standIn.control.held({ route, at }),
      leave: () => standIn.control.release({ address }),
    };
  },
});

const places: Readonly<Record<string, Place>> = {
  'before it reads the row': {
    prepare: async ({ world, id }) => {
      const lock = await holdLock(world.database, 'table', id);
      return { arrive: () => lock.waitedFor(), leave: () => lock.release() };
    },
  },
  'before it seals a password in the row': {
    prepare: async ({ world, id }) => {
      const lock = await holdLock(world.database, 'row', id);
      return { arrive: () => lock.waitedFor(), leave: () => lock.release() };
    },
  },
  'after the password is sealed, before the first login': inCall('login', 'before'),
  'before it hears the answer of the first login': inCall('login', 'answer'),
  'before the registration': inCall('register', 'before'),
  'when LibreChat has made the account': inCall('register', 'email-verified'),
  'before it hears the answer of the registration': inCall('register', 'answer'),
  'before the second login': inCall('login', 'before', 2),
  'when LibreChat has opened the session': inCall('login', 'session-created'),
  'before it hears the answer of the second login': inCall('login', 'answer', 2),
  'before it links the row': {
    prepare: async ({ world, id, address }) => {
      const { control } = world.standIn;
      await control.fault({ route: 'login', at: 'answer', action: 'hold', address, skip: 1 });
      const arrive = async (): Promise<void> => {
        await control.held({ route: 'login', at: 'answer' });
        const lock = await holdLock(world.database, 'row', id);
        unlock = () => lock.release();
        await control.release({ address });
        await lock.waitedFor();
      };
      let unlock = (): Promise<void> => Promise.resolve();
      return { arrive, leave: () => unlock() };
    },
  },
  'when the row is linked, before the session is published': {
    prepare: async ({ world, redis, id, address }) => {
      const { control } = world.standIn;
      await control.fault({ route: 'login', at: 'answer', action: 'hold', address, skip: 1 });
      return {
        arrive: async () => {
          await control.held({ route: 'login', at: 'answer' });
          redis.set('stall');
          await control.release({ address });
          await eventually(
            'the row is linked',
            async () => (await world.database.user(id)).librechat_user_id !== null,
          );
        },
        leave: () => Promise.resolve(redis.set('pass')),
      };
    },
  },
};

describe('a worker that is killed', () => {
  test.concurrent.each(Object.keys(places))(
    '%s leaves one account, one ciphertext and one link once another has gone on',
    async (name) => {
      await using world = await testWorld();
      await using redis = await startTcpProxy(redisUrl());
      await watchPasswords(world.database);
      const environment = { ...world.environment, REDIS_URL: redis.url };
      const address = 'ada@example.com';
      const id = await world.database.addUser({ email: address });
      const first = await startWorker(environment);
      const { arrive, leave } = await (places[name] as Place).prepare({ world, redis, id, address });
      const handle = await world.provision(id);
      await arrive();
      await first.process.kill();
      await leave();

      await using second = (await startWorker(environment)).process;
      await Promise.race([handle.result(), failAfter30Seconds(second.exited)]);

      expect(await world.standIn.control.account(address)).toMatchObject({
        registrations: 1,
        distinctPasswords: 1,
      });
      expect(await passwordsWritten(world.database)).toBe(1);
      expect((await world.database.user(id)).librechat_synced_at).not.toBeNull();
      expect(await loginWithRow(world, id)).toBe('own account');
    },
  );
});

async function failAfter30Seconds(exited: Promise<unknown>): Promise<never> {
  const timer = Promise.withResolvers<never>();
  const timeout = setTimeout(() => timer.reject(new Error('Not provisioned 30 s after the restart')), 30_000);
  void exited.then(() => clearTimeout(timeout));
  return timer.promise;
}
