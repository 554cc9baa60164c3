import {
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { callTemporal } from '../../../client/temporal/call.ts';
import {
  FLEET_QUERIES,
  FLEET_SIGNALS,
  type FleetProgress,
  type FleetRequest,
  type FleetVerdict,
  type ShardPosition,
} from '../../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId, shardWorkflowId } from '../../../contract/ids.ts';
import type { StartMemo, WorkflowSignatures } from '../../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../contract/numbers.ts';
import { ended, total } from '../../../contract/tally.ts';
import { DEADLINE_MS } from '../command.ts';

type Fleet = WorkflowSignatures['rotateFleet'];

/** How far a run is, with what its shards know by now. */
export interface Snapshot extends Omit<FleetProgress, 'shards'> {
  readonly shards: number;
  readonly shardsFinished: number;
}

/** The one fleet run, as an operator's commands see it. */
export interface FleetRun {
  /** `busy`: one is open already. */
  start(request: FleetRequest): Promise<'started' | 'busy'>;
  /** Only counts, beside whatever is open. Waits for the answer. */
  count(request: FleetRequest): Promise<FleetVerdict>;
  /** False when none is open. */
  signal(name: 'pause' | 'resume' | 'abort' | 'replace', ...args: readonly unknown[]): Promise<boolean>;
  /** Undefined when none is open. Needs a worker that answers. */
  progress(): Promise<Snapshot | undefined>;
  /** The verdict of the last run; undefined while one is open, and where there was none or it has none. */
  verdict(): Promise<FleetVerdict | undefined>;
}

/** @param taskQueue of the interactive work */
export function fleetRun(client: Client, taskQueue: string): FleetRun {
  const fleetId = fleetWorkflowId(taskQueue);
  const handle = client.workflow.getHandle<Fleet>(fleetId);
  const call = <Value>(work: () => Promise<Value>): Promise<Value> => callTemporal(client, DEADLINE_MS, work);
  const options = (request: FleetRequest) => {
    const memo: StartMemo = { reason: 'manual', requestedAt: new Date().toISOString() };
    return {
      taskQueue: fleetTaskQueue(taskQueue),
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      args: [request] as [FleetRequest],
      memo: { ...memo },
    };
  };
  return {
    async start(request) {
      try {
        await call(() =>
          client.workflow.start<Fleet>('rotateFleet', { ...options(request), workflowId: fleetId }),
        );
        return 'started';
      } catch (error) {
        if (error instanceof WorkflowExecutionAlreadyStartedError) return 'busy';
        throw error;
      }
    },
    async count(request) {
      const workflowId = `${fleetId}/count-${Date.now()}`;
      const counting = { ...options({ ...request, dryRun: true }), workflowId };
      const started = await call(() => client.workflow.start<Fleet>('rotateFleet', counting));
      return callTemporal(client, COUNT_MS, () => started.result());
    },
    signal: (name, ...args) =>
      unlessClosed(false, async () => {
        await call(() => handle.signal(FLEET_SIGNALS[name], ...args));
        return true;
      }),
    progress: () =>
      unlessClosed(undefined, async () => {
        const { status } = await call(() => handle.describe());
        if (status.name !== 'RUNNING') return undefined;
        const progress = await call(() => handle.query<FleetProgress>(FLEET_QUERIES.progress));
        return upToDate(progress, (shard) => call(() => positionOf(client, fleetId, shard)));
      }),
    verdict: () =>
      unlessClosed(undefined, async () => {
        const { status } = await call(() => handle.describe());
        return status.name === 'COMPLETED' ? call(() => handle.result()) : undefined;
      }),
  };
}

/** A million users are counted in some seconds (ms). */
const COUNT_MS = 120_000;

function positionOf(client: Client, fleetId: string, shard: number): Promise<ShardPosition> {
  const handle: WorkflowHandle = client.workflow.getHandle(shardWorkflowId(fleetId, shard));
  return handle.query<ShardPosition>(FLEET_QUERIES.position);
}

/** Shards report now and then; asked, they answer at once, and that costs nothing. */
async function upToDate(
  { shards, ...progress }: FleetProgress,
  ask: (shard: number) => Promise<ShardPosition>,
): Promise<Snapshot> {
  const known = await Promise.all(
    shards.map(async (told, shard) => {
      if (told.finished) return told;
      // It has just ended, or goes on as another run.
      const now = await ask(shard).catch(() => undefined);
      if (now === undefined || ended(now.tally) < ended(told.tally)) return told;
      return { tally: now.tally, busy: now.busy.length + now.visiting.length };
    }),
  );
  return {
    ...progress,
    tally: total(known.map(({ tally }) => tally)),
    busy: known.reduce((sum, { busy }) => sum + busy, 0),
    shards: shards.length,
    shardsFinished: shards.filter(({ finished }) => finished).length,
  };
}

async function unlessClosed<Value>(otherwise: Value, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return otherwise;
    throw error;
  }
}
