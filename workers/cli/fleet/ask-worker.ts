import { setTimeout as sleep } from 'node:timers/promises';
import {
  isGrpcServiceError,
  ServiceError,
  type Client,
  type WorkflowHandleWithStartDetails,
} from '@temporalio/client';
import { callTemporal } from '../../../client/temporal/call.ts';
import { BridgeError } from '../../../contract/errors.ts';
import {
  FLEET_QUERIES,
  type FleetProgress,
  type FleetVerdict,
  type ShardPosition,
} from '../../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId, shardWorkflowId } from '../../../contract/ids.ts';
import type { WorkflowSignatures } from '../../../contract/messages.ts';
import { CommandFailed, DEADLINE_MS } from '../command.ts';
import { upToDate, type Snapshot } from './snapshot.ts';

/** A million users are counted in some seconds (ms). */
const COUNT_MS = 120_000;
/** How long before a worker that does not answer yet is asked again (ms). */
const ASK_AGAIN_MS = 500;
/** That a run was started, and that its first task waits for a worker. */
const EVENTS_BEFORE_A_WORKER = 2;
/** gRPC: nobody has polled the task queue lately, or no worker has taken the run yet. */
const FAILED_PRECONDITION = 9;

type Fleet = WorkflowSignatures['rotateFleet'];

/** Temporal answers, and no worker does. */
export class NoWorker extends CommandFailed {
  override readonly name = 'NoWorker';

  constructor(taskQueue: string) {
    const queue = fleetTaskQueue(taskQueue);
    super(
      `No worker answers on the task queue ${queue}. Start one, with the same LIBRECHAT_TASK_QUEUE and ` +
        'TEMPORAL_NAMESPACE; where one runs, its log says why it cannot go on with the run',
    );
  }
}

/**
 * How far the run is; undefined when none is open. A run that was started a moment ago is given some seconds.
 *
 * @throws NoWorker; BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function askProgress(client: Client, taskQueue: string): Promise<Snapshot | undefined> {
  const fleetId = fleetWorkflowId(taskQueue);
  const handle = client.workflow.getHandle<Fleet>(fleetId);
  const positionOf = (shard: number): Promise<ShardPosition> =>
    client.workflow.getHandle(shardWorkflowId(fleetId, shard)).query<ShardPosition>(FLEET_QUERIES.position);
  for (const deadline = performance.now() + DEADLINE_MS; ; await sleep(ASK_AGAIN_MS)) {
    const { status } = await callTemporal(client, DEADLINE_MS, () => handle.describe());
    if (status.name !== 'RUNNING') return undefined;
    if (performance.now() > deadline) throw new NoWorker(taskQueue);
    const progress = await answered(client, DEADLINE_MS, () =>
      handle.query<FleetProgress>(FLEET_QUERIES.progress),
    );
    if (progress !== undefined)
      return upToDate(progress, (shard) => callTemporal(client, DEADLINE_MS, () => positionOf(shard)));
  }
}

/** @throws NoWorker; CommandFailed where the count takes too long; BridgeError as above */
export async function awaitCount(
  client: Client,
  taskQueue: string,
  counting: WorkflowHandleWithStartDetails<Fleet>,
): Promise<FleetVerdict> {
  const early = await answered(client, DEADLINE_MS, () => counting.result());
  if (early !== undefined) return early;
  const { historyLength } = await callTemporal(client, DEADLINE_MS, () => counting.describe());
  if (historyLength <= EVENTS_BEFORE_A_WORKER) throw new NoWorker(taskQueue);
  const late = await answered(client, COUNT_MS, () => counting.result());
  if (late !== undefined) return late;
  throw new CommandFailed(`The count was not done in time. Look at ${counting.workflowId} in Temporal`);
}

/** Undefined where no answer came, perhaps since there is no worker: only Temporal's answer to something else tells. */
async function answered<Answer>(
  client: Client,
  deadlineMs: number,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  try {
    return await callTemporal(client, deadlineMs, ask);
  } catch (error) {
    if (!(error instanceof BridgeError)) throw error;
    const refusal = error.cause instanceof ServiceError ? error.cause.cause : undefined;
    const status: number | undefined = isGrpcServiceError(refusal) ? refusal.code : undefined;
    if (error.code === 'TemporalUnavailable' || status === FAILED_PRECONDITION) return undefined;
    throw error;
  }
}
