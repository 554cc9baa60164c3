import { CancellationScope, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { FLEET_QUERIES, SHARD_SIGNALS, type ShardInput, type ShardVerdict } from '../contract/fleet.ts';
import { Shard } from './fleet/shard.ts';

const pause = defineSignal<[resumes?: number]>(SHARD_SIGNALS.pause);
const resume = defineSignal<[resumes: number]>(SHARD_SIGNALS.resume);
const stop = defineSignal(SHARD_SIGNALS.stop);
const position = defineQuery<ShardInput['position']>(FLEET_QUERIES.position);

/**
 * Rotates the users of one shard of a fleet run, a few at a time. It ends when none of them is due any more, or when it is
 * told to stop, and then says how far it has come. What it has started outlives it.
 */
export async function rotateShard(input: ShardInput): Promise<ShardVerdict> {
  const orders = { paused: input.paused, stopping: false, resumes: input.resumes };
  // Temporal may deliver signals in another order than they were sent in. A pause is later than the resume of its number.
  setHandler(
    pause,
    (resumes = orders.resumes) => {
      if (resumes >= orders.resumes) Object.assign(orders, { paused: true, resumes });
    },
    { description: 'Start nothing more; takes how often the run was resumed before' },
  );
  setHandler(
    resume,
    (resumes) => {
      if (resumes > orders.resumes) Object.assign(orders, { paused: false, resumes });
    },
    { description: 'Go on; takes how often the run was resumed' },
  );
  setHandler(stop, () => void (orders.stopping = true), { description: 'Finish what is open, and end' });
  // Cancelled, it stops in the same way.
  CancellationScope.current().cancelRequested.catch(() => {
    orders.stopping = true;
  });
  const shard = new Shard(input, orders);
  setHandler(position, () => shard.position);
  return CancellationScope.nonCancellable(() => shard.run());
}
