import { recordKeys } from '../../client/session-record/index.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import { patiently } from './patiently.ts';
import type { Scene } from './paused-scene.ts';

/** A place in the first attempt of a renewal where a worker is made to stand still. */
export interface Place {
  /** What the session is like that is to be renewed. Without it: its access token has expired. */
  readonly nearItsEnd?: true;
  /** Whether what it waits for comes on the connection on which it polls, so that this is not to be cut. */
  readonly keepsPolls?: true;
  /** Sets the trap; to be awaited before the renewal starts. */
  set(scene: Scene, stop: () => Promise<void>): Promise<Trap>;
}

interface Trap {
  /** Settles when the worker stands, and what it waited for has come and lies unread. */
  readonly stands: Promise<Travelling | void>;
}

/** What is on its way when the worker stands. */
interface Travelling {
  /** Comes to its end once others have acted, while the worker sleeps. */
  readonly toOthers?: () => Promise<void>;
  /** Comes to the worker when it wakes up; settles when it has begun to act on it. */
  readonly toWorker?: () => Promise<void>;
}

/** While it waits for the row, whose answer then lies unread. */
async function inReading({ world, user }: Scene, stop: () => Promise<void>, before: () => Promise<void>) {
  const lock = await holdLock(world.database, 'table', user.id);
  await before();
  await lock.waitedFor();
  await stop();
  await lock.release();
}

/** With a session of LibreChat in its hands, while it reads the row once more. */
const withSession =
  (route: 'refresh' | 'login'): Place['set'] =>
  async (scene, stop) => {
    const call = await scene.user.hold(route, 'answer');
    const stand = async (): Promise<void> => {
      await call.held();
      await inReading(scene, stop, () => call.release());
    };
    return { stands: stand() };
  };

const withUnreadAnswer: Place['set'] = async ({ world: { standIn }, user }, stop) => {
  const { control } = standIn;
  const since = await control.lastEvent();
  const call = await user.hold('refresh', 'answer');
  const stand = async (): Promise<void> => {
    await call.held();
    await stop();
    await call.release();
    await control.reached({ route: 'refresh', at: 'closed', address: user.address }, since);
  };
  return { stands: stand() };
};

const withRefreshOnItsWay: Place['set'] = async ({ world: { standIn }, user }, stop) => {
  const { control } = standIn;
  const since = await control.lastEvent();
  const call = await user.hold('refresh');
  const toOthers = async (): Promise<void> => {
    await call.release();
    await control.reached({ route: 'refresh', at: 'closed', address: user.address }, since);
  };
  const stand = async (): Promise<Travelling> => {
    await call.held();
    await stop();
    return { toOthers };
  };
  return { stands: stand() };
};

const beforeLibreChat: Place['set'] = async (scene, stop) => {
  const stands = Promise.withResolvers<void>();
  const come = scene.wires.temporal.when('in', 'renewSession', async () => {
    const locked = Promise.withResolvers<void>();
    inReading(scene, stop, async () => locked.resolve()).then(stands.resolve, stands.reject);
    await Promise.race([locked.promise, stands.promise]);
  });
  return { stands: come.then(() => stands.promise) };
};

const beforeTheBegin: Place['set'] = async ({ wires: { temporal, redis }, user }, stop) => {
  const stands = Promise.withResolvers<void>();
  const awake = Promise.withResolvers<void>();
  const come = temporal.when('in', 'renewSession', async () => {
    await stop();
    stands.resolve();
    await awake.promise;
  });
  const toWorker = async (): Promise<void> => {
    // Its connection to Redis has not outlived the pause, and without one it would fail at once.
    await redis.when('in', 'PONG', () => undefined);
    const begun = redis.when('out', recordKeys(user.key).session, () => undefined);
    awake.resolve();
    await begun;
  };
  return { stands: Promise.race([stands.promise, come]).then(() => ({ toWorker })) };
};

/** As it is read before LibreChat is called. */
const epochOf = async ({ vault, user }: Scene): Promise<string> =>
  String(await patiently(() => vault.records.readEpoch(user.key)));

/** How the publication begins on the wire: the last bytes there may hold an earlier one. */
const publication = async (scene: Scene): Promise<string> => {
  const epoch = await epochOf(scene);
  return `publish\r\n$${epoch.length}\r\n${epoch}\r\n`;
};

const whilePublishing: Place['set'] = async (scene, stop) => {
  const { redis } = scene.wires;
  const stands = Promise.withResolvers<void>();
  const late = Promise.withResolvers<void>();
  const sent = redis.when('out', await publication(scene), async () => {
    await stop();
    stands.resolve();
    await late.promise;
  });
  const toOthers = async (): Promise<void> => {
    const answered = redis.when('in', '\r\n', () => undefined);
    late.resolve();
    await answered;
  };
  return { stands: Promise.race([stands.promise, sent]).then(() => ({ toOthers })) };
};

const whenPublished: Place['set'] = async (scene, stop) => {
  const { redis } = scene.wires;
  // The answer to an earlier publication is forgotten with the next match.
  const read = redis.when('in', await epochOf(scene), () => undefined);
  return { stands: read.then(() => redis.when('in', 'published', stop)) };
};

/** By what it has done, and what it would do next. */
export const PLACES = {
  'its task has come, and is not begun': { keepsPolls: true, set: beforeTheBegin },
  'it has read the record, and is about to refresh': { set: beforeLibreChat },
  'its refresh is on its way': { set: withRefreshOnItsWay },
  'LibreChat has answered the refresh, which lies unread': { set: withUnreadAnswer },
  'it holds a refreshed session': { set: withSession('refresh') },
  'it holds a session that it has logged in for': { nearItsEnd: true, set: withSession('login') },
  'its publication is on its way': { set: whilePublishing },
  'its publication is done, whose answer lies unread': { set: whenPublished },
} as const satisfies Record<string, Place>;
