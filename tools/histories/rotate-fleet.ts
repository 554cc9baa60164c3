import { type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { rotateCredential } from '../../client/temporal/index.ts';
import { FLEET_SIGNALS, type FleetRequest } from '../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId, parseDjangoUserId, shardWorkflowId } from '../../contract/ids.ts';
import { addLinkedUsers, type LinkedUser } from '../linked-users.ts';
import { waitUntil } from '../parts/index.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

/** With more events the coordinator goes on as another run. */
const MANY_EVENTS = 1_000;
const LONGEST_WAIT_MS = 60_000;

type Run = WorkflowHandleWithFirstExecutionRunId;

const fleetId = ({ taskQueue }: World): string => fleetWorkflowId(taskQueue);

async function start(world: World, request: FleetRequest, workflowId = fleetId(world)): Promise<Run> {
  const { client, taskQueue } = world;
  return client.workflow.start('rotateFleet', {
    workflowId,
    taskQueue: fleetTaskQueue(taskQueue),
    args: [request],
    memo: { reason: 'manual', requestedAt: new Date().toISOString() },
  });
}

const listOf = (users: readonly LinkedUser[]): FleetRequest => ({
  mode: 'list',
  djangoUserIds: users.map(({ id }) => id),
});

/** A call of a user's rotation waits at LibreChat, so that the run is open for as long as it has to be. */
async function hold({ standIn }: World, user: LinkedUser | undefined) {
  const address = user?.address ?? '';
  const place = { route: 'resetPassword', at: 'before', address };
  const before = await standIn.control.lastEvent();
  await standIn.control.fault({ ...place, action: 'hold' });
  return {
    held: () => standIn.control.held(place, before),
    release: () => standIn.control.release({ address }),
  };
}

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
    await waitUntil(
      'it is paused',
      async () => (await run.query<{ state: string }>('progress')).state === 'paused',
      LONGEST_WAIT_MS,
    );
    await run.signal(FLEET_SIGNALS.resume);
    await ended('lost-a-shard', run);
  });
  await tripped(world, recorder);
}

let runs = 0;

/** Runs over some users, who may not have been rotated in this second, and does something while one of them is held. */
async function inMidRun(
  world: World,
  play: (run: Run, release: () => Promise<void>, users: readonly LinkedUser[]) => Promise<void>,
): Promise<void> {
  const users = await addLinkedUsers(world, 6, { prefix: `recorded-run-${++runs}` });
  const last = await hold(world, users.at(-1));
  const run = await start(world, listOf(users));
  await last.held();
  await play(run, last.release, users);
}

async function tripped(world: World, recorder: Recorder): Promise<void> {
  const users = await addLinkedUsers(world, 40, { prefix: 'recorded-failures' });
  await world.standIn.control.settings({ allowPasswordReset: false });
  const run = await start(world, listOf(users));
  await waitUntil(
    'it is paused',
    async () => (await run.query<{ state: string }>('progress')).state === 'paused',
    LONGEST_WAIT_MS,
  );
  await world.standIn.control.settings({ allowPasswordReset: true });
  // A success ends the trouble for the runs after this one, too.
  const { client, taskQueue } = world;
  await rotateCredential(client, parseDjangoUserId(users[0]?.id), { reason: 'manual', taskQueue });
  await run.signal(FLEET_SIGNALS.resume);
  await run.result();
  await recorder.record('tripped', run.workflowId, run.firstExecutionRunId);
}

/** The same for `rotateShard`, by fleet runs. */
export async function recordShards(world: World, recorder: Recorder): Promise<void> {
  const shard = shardWorkflowId(fleetId(world), 0);
  const users = await addLinkedUsers(world, 25, { prefix: 'recorded-shard' });
  const record = async (name: string): Promise<void> => {
    const { runId } = await world.client.workflow.getHandle(shard).describe();
    await recorder.record(name, shard, runId);
  };
  await (await start(world, { mode: 'due' })).result();
  await record('finished');
  await inMidRun(world, async (run, release) => {
    await run.signal(FLEET_SIGNALS.pause);
    await run.signal(FLEET_SIGNALS.abort);
    await release();
    await run.result();
    await record('paused-then-stopped');
  });
  await withBusyUser(world, users, record);
  // 8 shards have 80 rotations each before they go on: some of 800 do.
  await addLinkedUsers(world, 800, { prefix: 'recorded-many' });
  const many = await start(world, { mode: 'due' });
  const { runId } = await shardStarted(world, shard);
  await recorder.recordContinued('goes-on-as-another', shard, runId);
  await many.result();
  await record('went-on');
}

/** Another rotation holds the account of one of them for a while. */
async function withBusyUser(
  world: World,
  users: readonly LinkedUser[],
  record: (name: string) => Promise<void>,
): Promise<void> {
  const [busy] = users;
  const held = await hold(world, busy);
  const { client, taskQueue } = world;
  await rotateCredential(client, parseDjangoUserId(busy?.id), { reason: 'manual', taskQueue, waitMs: 0 });
  await held.held();
  const run = await start(world, listOf(users.slice(0, 3)));
  const shard = client.workflow.getHandle(shardWorkflowId(fleetId(world), 0));
  await waitUntil(
    'it was met',
    async () => (await shard.query<{ busy: readonly string[] }>('position')).busy.length === 1,
    LONGEST_WAIT_MS,
  );
  await held.release();
  await run.result();
  await record('busy-user-visited-again');
}

async function shardStarted({ client }: World, shard: string): Promise<{ readonly runId: string }> {
  const handle = client.workflow.getHandle(shard);
  await waitUntil(
    'the shard runs',
    async () => (await handle.describe()).status.name === 'RUNNING',
    LONGEST_WAIT_MS,
  );
  return handle.describe();
}

/** The same for `startFleet`. */
export async function recordFleetStarts({ client, taskQueue }: World, recorder: Recorder): Promise<void> {
  for (const name of ['started', 'busy']) {
    const run = await client.workflow.start('startFleet', {
      workflowId: `${taskQueue}/rotate-fleet-${name}`,
      taskQueue: fleetTaskQueue(taskQueue),
      args: [{ mode: 'incident' }],
    });
    await run.result();
    await recorder.record(name, run.workflowId, run.firstExecutionRunId);
  }
  await client.workflow.getHandle(fleetWorkflowId(taskQueue)).result();
}
