import { eventually } from '../setup/eventually.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import type { Rotation, Slot, Subject } from './slot.ts';

/** A rotation that is about to be hit. */
export interface Scene {
  readonly slot: Slot;
  readonly subject: Subject;
  /** A whole number below the limit, by the seed of the trial. */
  readonly dice: (limit: number) => number;
}

/** What waits for the rotation. */
export interface Trap {
  /** Settles when the victim is at the point, having done all that comes before, and nothing that comes after. */
  arrive(rotation: Rotation): Promise<void>;
  /** Called when the victim is dead, before it is started again: takes every hold away. */
  leave(): Promise<void>;
  /** Something that LibreChat had begun, and does only after the rotation has ended. */
  late?: (() => Promise<void>) | undefined;
}

/** A place between two effects of a rotation. */
export interface Point {
  /** As in the analysis of crashes; `L` where LibreChat is killed and not the worker. */
  readonly name: string;
  readonly about: string;
  readonly victim: 'worker' | 'LibreChat';
  set(scene: Scene): Promise<Trap>;
}

/**
 * At a point of a call. What LibreChat has begun is, by the dice, done at once, never, or after everything else.
 */
const inCall =
  (route: string, at: string) =>
  async ({ slot: { world }, subject: { address }, dice }: Scene): Promise<Trap> => {
    const { control } = world.standIn;
    await control.fault({ route, at, action: 'hold', address });
    const fate = (['now', 'never', 'late'] as const)[dice(at === 'answer' ? 2 : 3)];
    return {
      arrive: () => control.held({ route, at, address }),
      leave: async () => {
        if (fate === 'now') await control.release({ address });
        if (fate === 'never') await control.release({ address, action: 'drop' });
      },
      late:
        fate === 'late'
          ? async () => {
              const since = await control.lastEvent();
              await control.release({ address });
              await control.reached({ route, at: 'answer', address }, since);
            }
          : undefined,
    };
  };

/** Holds the answer of a call, so that the rest of the trap can be set up, and lets it go. */
async function afterCall(
  { slot: { world }, subject: { address } }: Scene,
  route: string,
): Promise<{ held: () => Promise<void>; release: () => Promise<void>; answered: () => Promise<void> }> {
  const { control } = world.standIn;
  await control.fault({ route, at: 'answer', action: 'hold', address });
  const since = await control.lastEvent();
  return {
    held: () => control.held({ route, at: 'answer', address }),
    release: () => control.release({ address }),
    answered: () => control.reached({ route, at: 'closed', address }, since),
  };
}

/** While the commit waits for a lock on the row; `goesOn`: PostgreSQL does it, although nobody is there to be told. */
const inCommit =
  (goesOn: boolean) =>
  async (scene: Scene): Promise<Trap> => {
    const { database } = scene.slot.world;
    const { id } = scene.subject;
    const call = await afterCall(scene, 'resetPassword');
    const sealed = async (): Promise<unknown> => (await database.user(id)).librechat_password_encrypted;
    let release = (): Promise<void> => Promise.resolve();
    return {
      arrive: async () => {
        await call.held();
        const lock = await holdLock(database, 'row', id);
        release = () => lock.release();
        await call.release();
        await lock.waitedFor();
      },
      leave: async () => {
        const before = await sealed();
        if (!goesOn) {
          await database.owner.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
        }
        await release();
        if (goesOn) await eventually('PostgreSQL has committed', async () => (await sealed()) !== before);
      },
    };
  };

const inMint = async ({ slot: { world }, subject: { id } }: Scene): Promise<Trap> => {
  const lock = await holdLock(world.database, 'table', id);
  return { arrive: () => lock.waitedFor(), leave: () => lock.release() };
};

const mintNotRecorded = async ({ slot: { wires } }: Scene): Promise<Trap> => {
  const sent = wires.temporal.when('out', 'gAAAAA', () => wires.temporal.set('stall'));
  return { arrive: () => sent, leave: () => Promise.resolve(wires.temporal.set('pass')) };
};

const answerLost = async (scene: Scene): Promise<Trap> => {
  const { libreChat } = scene.slot.wires;
  const call = await afterCall(scene, 'resetPassword');
  return {
    arrive: async () => {
      await call.held();
      libreChat.set('stall');
      await call.release();
      await call.answered();
    },
    leave: () => Promise.resolve(libreChat.set('pass')),
  };
};

const withoutPostgres = async (scene: Scene): Promise<Trap> => {
  const { postgres } = scene.slot.wires;
  const call = await afterCall(scene, 'resetPassword');
  return {
    arrive: async (rotation) => {
      await call.held();
      postgres.set('refuse');
      await call.release();
      await eventually('the commit has failed', async () => {
        const { raw } = await rotation.describe();
        const failure = raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type;
        return failure === 'DatabaseUnavailable';
      });
    },
    leave: () => Promise.resolve(postgres.set('pass')),
  };
};

/** While Redis is silent: by the dice it has the record already, or has not heard of it. */
const inPublication = async ({ slot: { wires }, dice }: Scene): Promise<Trap> => {
  const heard = dice(2) === 0;
  const sent = Promise.withResolvers<void>();
  void wires.redis
    .when('out', 'publish', () => (heard ? undefined : wires.redis.set('stall')))
    .then(() => (heard ? wires.redis.when('in', 'published', () => wires.redis.set('stall')) : undefined))
    .then(sent.resolve, sent.reject);
  return { arrive: () => sent.promise, leave: () => Promise.resolve(wires.redis.set('pass')) };
};

const killLibreChat =
  (at: string) =>
  async ({ slot, subject: { address } }: Scene): Promise<Trap> => {
    await slot.world.standIn.control.fault({ route: 'resetPassword', at, action: 'kill', address });
    const dead = slot.standIn.exited;
    return { arrive: async () => void (await dead), leave: () => slot.restartStandIn() };
  };

const worker = (name: string, about: string, set: Point['set']): Point => ({
  name,
  about,
  victim: 'worker',
  set,
});

const libreChat = (name: string, about: string, at: string): Point => ({
  name,
  about,
  victim: 'LibreChat',
  set: killLibreChat(at),
});

/** The crash points 1 to 13 of the analysis. */
export const POINTS: readonly Point[] = [
  worker('1', 'before the mint', inMint),
  worker('2', 'when the password is minted, and Temporal has not heard of it', mintNotRecorded),
  worker('3', 'when the password is recorded, before the link', inCall('requestPasswordReset', 'before')),
  worker('4', 'when the link is issued, before it hears so', inCall('requestPasswordReset', 'answer')),
  worker('5', 'when the reset is sent, before LibreChat writes', inCall('resetPassword', 'token-matched')),
  worker('6', 'when LibreChat has written the password', inCall('resetPassword', 'password-written')),
  worker('7', 'when LibreChat has deleted the link', inCall('resetPassword', 'token-deleted')),
  worker('8', 'when LibreChat has answered, and the network has lost it', answerLost),
  worker('9', 'before the commit', inCommit(false)),
  worker('10', 'when PostgreSQL is down at the commit', withoutPostgres),
  worker('11', 'when the row is committed, before it hears so', inCommit(true)),
  worker('12', 'after the commit, before the verifying login', inCall('login', 'before')),
  worker('13', 'when the session is published and Redis is silent', inPublication),
  libreChat('5L', 'before LibreChat writes', 'before'),
  libreChat('6L', 'when LibreChat has written the password', 'password-written'),
  libreChat('7L', 'when LibreChat has deleted the link', 'token-deleted'),
];
