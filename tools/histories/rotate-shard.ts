import { rotateCredential } from '../../client/temporal/index.ts';
import { FLEET_SIGNALS, type FleetProgress } from '../../contract/fleet.ts';
import { accountWorkflowId, parseDjangoUserId, shardWorkflowId } from '../../contract/ids.ts';
import { addLinkedUsers, type LinkedUser } from '../linked-users.ts';
import { waitUntil } from '../parts/index.ts';
import type { World } from '../world.ts';
import { fleetId, hold, inMidRun, listOf, LONGEST_WAIT_MS, start, trip } from './fleet-run.ts';
import type { Recorder } from './recorder.ts';

/** Plays every course that `rotateShard` can take, by fleet runs, and records its runs. */
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
  await trip(world, 'recorded-shard-failures');
  await record('resumed');
  await inMidRun(world, async (run, release, among) => {
    const user = parseDjangoUserId(among.at(-1)?.id);
    await world.client.workflow.getHandle(accountWorkflowId(user)).terminate('recorded');
    await release();
    await run.result();
    await record('lost-a-rotation');
  });
  await withStuckUser(world, record);
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

/** LibreChat answers one of them with an error for as long as the shard waits for the end of what it has open. */
async function withStuckUser(world: World, record: (name: string) => Promise<void>): Promise<void> {
  const users = await addLinkedUsers(world, 3, { prefix: 'recorded-stuck' });
  const address = users[0]?.address ?? '';
  const { control } = world.standIn;
  await control.fault({ route: 'requestPasswordReset', address, action: 'status', status: 500, times: null });
  const run = await start(world, listOf(users));
  await waitUntil(
    'it counts as busy',
    async () => (await run.query<FleetProgress>('progress')).busy === 1,
    LONGEST_WAIT_MS,
  );
  await run.signal(FLEET_SIGNALS.abort);
  await run.result();
  await record('stopped-without-one-who-is-stuck');
  await control.clearFaults();
}
