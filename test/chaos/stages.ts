import type { WorkerEnvironment } from '../../tools/processes/worker.ts';
import { holdLock, type HeldLock } from '../../tools/database/held-lock.ts';
import type { Slot, Subject } from './slot.ts';

/** A place in the first attempt of a rotation where a worker is made to stand still. */
export interface Stage {
  readonly name: 'start' | 'link' | 'mark' | 'reset' | 'commit';
  /** What the worker is started with for it, if it matters. */
  readonly environment?: WorkerEnvironment;
  /** Set before the rotation starts. Settles when the worker stands, and what it waited for has come and lies unread. */
  stand(slot: Slot, subject: Subject, stop: () => Promise<void>): Promise<void>;
}

const withAnswer =
  (route: string): Stage['stand'] =>
  async ({ world: { standIn } }, { address }, stop) => {
    const { control } = standIn;
    const since = await control.lastEvent();
    await control.fault({ route, at: 'answer', action: 'hold', address });
    await control.held({ route, at: 'answer', address });
    await stop();
    await control.release({ address });
    await control.reached({ route, at: 'closed', address }, since);
  };

async function whileWaiting(lock: HeldLock, stop: () => Promise<void>): Promise<void> {
  await lock.waitedFor();
  await stop();
  await lock.release();
}

/** The start of the attempt, and before each thing that it does to the outside. */
export const STAGES: readonly Stage[] = [
  {
    name: 'start',
    // With room for more it would swallow the retries too, until its own task has lain unread for a minute: then its
    // client gives up the call that the task came with, and there is no zombie.
    environment: { MAX_CONCURRENT_ACTIVITIES: '1' },
    // The task has come out of Temporal, and is not handed on before the worker stands.
    stand: ({ wires }, _subject, stop) => wires.temporal.when('in', 'applyCredential', stop),
  },
  {
    name: 'link',
    stand: async ({ wires, world }, { id }, stop) => {
      let lock: HeldLock | undefined;
      await wires.temporal.when('in', 'applyCredential', async () => {
        lock = await holdLock(world.database, 'table', id);
      });
      if (lock !== undefined) await whileWaiting(lock, stop);
    },
  },
  { name: 'mark', stand: withAnswer('requestPasswordReset') },
  {
    name: 'reset',
    stand: async ({ world: { standIn, database } }, { address, id }, stop) => {
      const { control } = standIn;
      const route = 'requestPasswordReset';
      await control.fault({ route, at: 'answer', action: 'hold', address });
      await control.held({ route, at: 'answer', address });
      const lock = await holdLock(database, 'row', id);
      await control.release({ address });
      await whileWaiting(lock, stop);
    },
  },
  { name: 'commit', stand: withAnswer('resetPassword') },
];
