import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import type { ReconcileInput, ReconcileVerdict } from '../../contract/sweep.ts';
import { reconcileWorkflowId } from '../../contract/ids.ts';
import { startWorker, type WorkerEnvironment, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { redisUrl } from '../setup/parts.ts';
import { testWorld } from '../setup/worlds.ts';

/** A world with a worker, and a database of Redis for itself: a sweep ends the sign-outs of whomever it finds there. */
export interface SweptWorld extends AsyncDisposable {
  readonly world: World;
  readonly environment: WorkerEnvironment;
  readonly redisUrl: string;
  worker: WorkerProcess;
}

/** Databases of Redis that the files of this folder have to themselves. */
export type RedisDatabase = 1 | 2 | 3 | 4 | 5;

export async function openSweptWorld(
  database: RedisDatabase,
  {
    options = {},
    environment: changes = {},
  }: { options?: Parameters<typeof testWorld>[0]; environment?: WorkerEnvironment } = {},
): Promise<SweptWorld> {
  const world = await testWorld(options);
  const ownRedis = new URL(redisUrl());
  ownRedis.pathname = `/${database}`;
  const environment = { ...world.environment, REDIS_URL: ownRedis.toString(), ...changes };
  const swept: SweptWorld = {
    world,
    environment,
    redisUrl: ownRedis.toString(),
    worker: await startWorker(environment),
    async [Symbol.asyncDispose]() {
      await swept.worker.process.stop();
      await world[Symbol.asyncDispose]();
    },
  };
  return swept;
}

let sweeps = 0;

/** Runs one sweep, as the schedule would, but for the cursors: each begins at the beginning. */
export async function sweepOnce(
  { client, taskQueue }: Pick<World, 'client' | 'taskQueue'>,
  input: ReconcileInput = {},
): Promise<{ readonly verdict: ReconcileVerdict; readonly workflowId: string }> {
  const workflowId = `${reconcileWorkflowId(taskQueue)}-by-hand-${++sweeps}`;
  const handle = await client.workflow.start('reconcileAccounts', { workflowId, taskQueue, args: [input] });
  return { verdict: (await handle.result()) as ReconcileVerdict, workflowId };
}

/** Runs of one workflow id, open or ended, as Temporal lists them. */
export async function runsOf(client: Client, workflowId: string): Promise<readonly string[]> {
  const runIds: string[] = [];
  for await (const { runId } of client.workflow.list({ query: `WorkflowId = '${workflowId}'` }))
    runIds.push(runId);
  return runIds;
}

/** Ends whatever an earlier test has left open. */
export async function endAll(world: Pick<World, 'client' | 'taskQueue'>): Promise<void> {
  const { workflow } = world.client;
  const ends: Promise<unknown>[] = [];
  for await (const { workflowId } of workflow.list({ query: openOf(world.taskQueue) }))
    ends.push(
      workflow
        .getHandle(workflowId)
        .terminate()
        .catch((error: unknown) => {
          // It has ended by itself.
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }),
    );
  await Promise.all(ends);
  await allListedAsEnded(world);
}

/** Waits until Temporal's lists, which are a moment late, show no workflow as open. */
export async function allListedAsEnded({
  client,
  taskQueue,
}: Pick<World, 'client' | 'taskQueue'>): Promise<void> {
  const query = openOf(taskQueue);
  await eventually('all are listed as ended', async () => (await client.workflow.count(query)).count === 0);
}

const openOf = (taskQueue: string): string =>
  `TaskQueue IN ('${taskQueue}', '${taskQueue}-fleet') AND ExecutionStatus = 'Running'`;
