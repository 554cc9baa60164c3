import { FLEET_SIGNALS, type ShardInput } from '../../contract/fleet.ts';
import { fleetTaskQueue, shardWorkflowId } from '../../contract/ids.ts';
import { FIRST_POSITION } from '../../contract/tally.ts';
import { holdLock } from '../database/held-lock.ts';
import { addLinkedUsers } from '../linked-users.ts';
import { waitUntil } from '../parts/index.ts';
import type { World } from '../world.ts';
import { fleetId, inMidRun, listOf, LONGEST_WAIT_MS, paused, start, trip, type Run } from './fleet-run.ts';
import type { Recorder } from './recorder.ts';

/** With more events the coordinator goes on as another run. */
const MANY_EVENTS = 1_000;

/** Plays every course that `rotateFleet` can take, and records its runs. */
export async function recordFleets(world: World, recorder: Recorder): Promise<void> {
  const users = await addLinkedUsers(world, 6, { prefix: 'recorded-fleet' });
  const record = (name: string, run: Run): Promise<void> =>
    recorder.record(name, run.workflowId, run.firstExecutionRunId);
  const ended = async (name: string, run: Run): Promise<void> => {
    await run.result().catch(() => undefined);
    await record(name, run);
  };
  await ended('nobody-is-due', await start(world, { mode: 'due', periodDays: 1_000 }));
  await ended('counted', await start(world, { mode: 'due', dryRun: true }, `${fleetId(world)}/count`));
  await ended('of-somebody-else', await start(world, { mode: 'due' }, `${fleetId(world)}/of-mine`));
  await ended('finished', await start(world, listOf(users)));
  await inMidRun(world, async (run, release) => {
    await run.signal(FLEET_SIGNALS.pause, 'a reason');
    await paused(run);
    await record('paused', run);
    await run.signal(FLEET_SIGNALS.resume);
    await release();
    await ended('resumed', run);
  });
  await inMidRun(world, async (run, release) => {
    await run.signal(FLEET_SIGNALS.abort);
    await release();
    await ended('aborted', run);
  });
  await inMidRun(world, async (run, release) => {
    await run.cancel();
    await release();
    await ended('cancelled', run);
  });
  await inMidRun(world, async (run, release, users) => {
    await run.signal(FLEET_SIGNALS.replace, listOf(users.slice(0, 1)));
    await release();
    await recorder.recordContinued('replaced', run.workflowId, run.firstExecutionRunId);
    await world.client.workflow.getHandle(run.workflowId).result();
  });
  await inMidRun(world, async (run, release) => {
    const late = { shard: 99, position: {}, resumes: 0 };
    while ((await run.describe()).historyLength <= MANY_EVENTS) await run.signal(FLEET_SIGNALS.report, late);
    await release();
    const next = await recorder.recordContinued(
      'goes-on-as-another',
      run.workflowId,
      run.firstExecutionRunId,
    );
    await world.client.workflow.getHandle(run.workflowId).result();
    await recorder.record('went-on', run.workflowId, next);
  });
  await inMidRun(world, async (run, release) => {
    await world.client.workflow.getHandle(shardWorkflowId(run.workflowId, 0)).terminate('recorded');
    await release();
    await paused(run);
    await run.signal(FLEET_SIGNALS.resume);
    await ended('lost-a-shard', run);
  });
  await record('tripped', await trip(world, 'recorded-failures'));
  await besideOldShard(world, ended);
  await whileCounting(world, ended);
}

/** A shard of a run that was terminated is still there when the next one begins. */
async function besideOldShard(world: World, ended: (name: string, run: Run) => Promise<void>): Promise<void> {
  const shard = shardWorkflowId(fleetId(world), 0);
  const input: ShardInput = {
    shard: 0,
    shards: 1,
    window: 1,
    rule: { startedAt: Math.floor(Date.now() / 1_000), periodSeconds: 0 },
    reason: 'scheduled',
    position: FIRST_POSITION,
    paused: true,
    resumes: 0,
  };
  const { client, taskQueue } = world;
  const old = await client.workflow.start('rotateShard', {
    workflowId: shard,
    taskQueue: fleetTaskQueue(taskQueue),
    args: [input],
  });
  const users = await addLinkedUsers(world, 3, { prefix: 'recorded-after-an-old-shard' });
  const run = await start(world, listOf(users));
  await waitUntil(
    'it has met the old shard',
    async () => {
      const { events } = await run.fetchHistory();
      return (events ?? []).some(
        ({ startChildWorkflowExecutionFailedEventAttributes: failed }) => failed != null,
      );
    },
    LONGEST_WAIT_MS,
  );
  await old.terminate('recorded');
  await ended('waited-for-an-old-shard', run);
}

/** The count waits for a table that somebody has locked. */
async function whileCounting(world: World, ended: (name: string, run: Run) => Promise<void>): Promise<void> {
  const lock = await holdLock(world.database, 'table');
  const run = await start(world, { mode: 'due' });
  await lock.waitedFor();
  await run.signal(FLEET_SIGNALS.abort);
  await ended('aborted-while-counting', run);
  await lock.release();
}
