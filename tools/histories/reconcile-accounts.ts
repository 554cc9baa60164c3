import { BLOCKED, SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { openVault } from '../session-vault.ts';
import { reconcileWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { applyPlan } from '../../workers/schedules/apply.ts';
import { schedulesOf } from '../../workers/schedules/table.ts';
import { holdLock } from '../database/held-lock.ts';
import { waitUntil } from '../parts/index.ts';
import { startWorker } from '../processes/worker.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

const LONGEST_WAIT_MS = 30_000;
/** So long does a sweep wait for its look, for all attempts, and some more. */
const LONGEST_LOOK_MS = 80_000;

/** Plays every course that `reconcileAccounts` can take, and records its runs. */
export async function recordSweeps(world: World, recorder: Recorder, redisUrl: string): Promise<void> {
  const { database } = world;
  // What the courses of other workflows have left behind is not of these runs.
  await database.owner.query('DELETE FROM users_user');
  await settled(world);
  const play = async (name: string): Promise<void> => {
    const handle = await start(world, name);
    await handle.result();
    await recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
  };
  await play('nothing');
  await leaveWork(world, redisUrl);
  await play('all-classes');
  await settled(world);
  await recordWoken(world, recorder);
  await settled(world);
  await recordBusy(world, recorder);
  await settled(world);
  await recordAway(world, recorder);
  await recordWithoutWorker(world, recorder);
  await recordLaterFiring(world, recorder);
}

/** By a schedule, a run has the result of the one before; the very first one, when the schedule was made, is not counted. */
async function recordLaterFiring({ client, taskQueue }: World, recorder: Recorder): Promise<void> {
  const [reconcile] = schedulesOf({ taskQueue, rotationPeriodDays: 30, sweepEveryMs: 1_000 });
  if (reconcile === undefined) throw new Error('There is no schedule');
  const { id } = reconcile;
  await applyPlan(client, [reconcile], [{ kind: 'create', id, terms: {} }]);
  const third = async () =>
    (await client.schedule.getHandle(id).describe()).info.recentActions[2]?.action.workflow;
  await waitUntil('it has fired', async () => (await third()) !== undefined, LONGEST_WAIT_MS);
  const run = await third();
  await client.schedule.getHandle(id).delete();
  if (run === undefined) throw new Error('There is no third run');
  await client.workflow.getHandle(run.workflowId).result();
  await recorder.record('later-firing', run.workflowId, run.firstExecutionRunId);
}

const start = ({ client, taskQueue }: Pick<World, 'client' | 'taskQueue'>, name: string) =>
  client.workflow.start('reconcileAccounts', {
    workflowId: `${reconcileWorkflowId(taskQueue)}-${name}`,
    taskQueue,
    args: [{}],
  });

/** Somebody in each of the classes. */
async function leaveWork(world: World, redisUrl: string): Promise<void> {
  const { database } = world;
  const provisioned = async (name: string): Promise<string> => {
    const id = await database.addUser({ email: `${name}@example.com` });
    await (await world.provision(id)).result();
    return id;
  };
  const set = (id: string, assignment: string): Promise<unknown> =>
    database.owner.query(`UPDATE users_user SET ${assignment} WHERE id = $1`, [id]);
  await set(await provisioned('sweep-in-doubt'), 'librechat_synced_at = NULL');
  await set(await provisioned('sweep-leaver'), 'is_active = false');
  const signedOut = parseDjangoUserId(await provisioned('sweep-signed-out'));
  await using vault = await openVault(world, redisUrl);
  await vault.records.close(signedOut);
  await database.addUser({ email: 'sweep-lost@example.com' });
  await settled(world);
}

/** A user is deactivated while the provisioning is blocked, since LibreChat has another password under the address. */
async function recordWoken(world: World, recorder: Recorder): Promise<void> {
  const { client, database, standIn } = world;
  const address = 'sweep-woken@example.com';
  const id = await database.addUser({ email: address });
  await (await world.provision(id)).result();
  await standIn.control.changeAccount(address, { password: 'set-in-librechat' });
  await database.override(
    `UPDATE users_user SET librechat_user_id = NULL, librechat_synced_at = NULL WHERE id = $1`,
    [id],
  );
  const provisioning = await world.provision(id);
  const blocked =
    `WorkflowId = '${provisioning.workflowId}' AND ExecutionStatus = 'Running' ` +
    `AND ${SEARCH_ATTRIBUTES.state.name} = '${BLOCKED}'`;
  await waitUntil(
    'it is listed as blocked',
    async () => (await client.workflow.count(blocked)).count === 1,
    LONGEST_WAIT_MS,
  );
  await database.owner.query('UPDATE users_user SET is_active = false WHERE id = $1', [id]);
  const handle = await start(world, 'woken');
  await handle.result();
  await recorder.record('woken', handle.workflowId, handle.firstExecutionRunId);
  await provisioning.result();
}

/** Two sweeps see the same row before either has started anything for it. */
async function recordBusy(world: World, recorder: Recorder): Promise<void> {
  const { database, standIn } = world;
  const address = 'sweep-busy@example.com';
  await standIn.control.fault({ route: 'login', action: 'hold', times: null, address });
  await database.addUser({ email: address });
  const lock = await holdLock(database, 'table');
  const sweeps = [await start(world, 'busy-1'), await start(world, 'busy-2')];
  await lock.waitedFor();
  await lock.release();
  for (const handle of sweeps) {
    const { counts } = (await handle.result()) as { counts: { provision: { busy: number } } };
    if (counts.provision.busy === 1)
      await recorder.record('busy', handle.workflowId, handle.firstExecutionRunId);
  }
  await standIn.control.clearFaults();
  await standIn.control.release();
}

/** A table that nobody may read is a PostgreSQL that does not answer. */
async function recordAway(world: World, recorder: Recorder): Promise<void> {
  const lock = await holdLock(world.database, 'table');
  const handle = await start(world, 'away');
  await handle.result();
  await lock.release();
  await recorder.record('database-away', handle.workflowId, handle.firstExecutionRunId);
}

/** The worker dies in the middle of the look, and there is no other one for as long as a look may take. */
async function recordWithoutWorker(world: World, recorder: Recorder): Promise<void> {
  const taskQueue = `${world.taskQueue}-without-worker`;
  const environment = {
    ...world.environment,
    LIBRECHAT_TASK_QUEUE: taskQueue,
    WORKER_IDENTITY: 'recorded',
    WORKFLOW_BUNDLE: undefined,
  };
  const worker = await startWorker(environment);
  const lock = await holdLock(world.database, 'table');
  const handle = await start({ ...world, taskQueue }, 'without-worker');
  await lock.waitedFor();
  await worker.process.kill();
  await lock.release();
  await waitUntil(
    'the look is given up',
    async () => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).some((event) => event.activityTaskTimedOutEventAttributes);
    },
    LONGEST_LOOK_MS,
  );
  await using _ = (await startWorker(environment)).process;
  await handle.result();
  await recorder.record('without-worker', handle.workflowId, handle.firstExecutionRunId);
}

/** Lists are a moment late. */
async function settled({ client }: World): Promise<void> {
  const open = `ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH 'librechat/'`;
  await waitUntil(
    'no workflow is open',
    async () => (await client.workflow.count(open)).count === 0,
    LONGEST_WAIT_MS,
  );
}
