import {
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
} from '@temporalio/client';
import { callTemporal } from '../../../client/temporal/call.ts';
import { FLEET_SIGNALS, type FleetRequest, type FleetVerdict } from '../../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId } from '../../../contract/ids.ts';
import type { StartMemo, WorkflowSignatures } from '../../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../../contract/numbers.ts';
import { DEADLINE_MS } from '../command.ts';
import { askProgress, awaitCount } from './ask-worker.ts';
import type { Snapshot } from './snapshot.ts';

/** A count that nobody waits for any longer may still be read in Temporal; it ends at last (ms). */
const LONGEST_COUNT_MS = 3_600_000;

type Fleet = WorkflowSignatures['rotateFleet'];

/** How a run ended. */
export interface EndedRun {
  /** `COMPLETED`, or why there is no verdict: `FAILED`, `TERMINATED`, … */
  readonly status: string;
  readonly endedAt: Date;
  readonly verdict?: FleetVerdict;
}

/** The one fleet run, as an operator's commands see it. */
export interface FleetRun {
  /** `busy`: one is open already. */
  start(request: FleetRequest): Promise<'started' | 'busy'>;
  /** Only counts, beside whatever is open. Waits for the answer. @throws NoWorker */
  count(request: FleetRequest): Promise<FleetVerdict>;
  /** False when none is open. */
  signal(name: 'pause' | 'resume' | 'abort' | 'replace', ...args: readonly unknown[]): Promise<boolean>;
  /** Undefined when none is open. Needs a worker that answers. @throws NoWorker */
  progress(): Promise<Snapshot | undefined>;
  /** The last run; undefined while one is open, and where there was none that Temporal still knows. */
  last(): Promise<EndedRun | undefined>;
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
      const counting = {
        ...options({ ...request, dryRun: true }),
        workflowId: `${fleetId}/count-${Date.now()}`,
        workflowExecutionTimeout: LONGEST_COUNT_MS,
      };
      const started = await call(() => client.workflow.start<Fleet>('rotateFleet', counting));
      return awaitCount(client, taskQueue, started);
    },
    signal: (name, ...args) =>
      unlessClosed(false, async () => {
        await call(() => handle.signal(FLEET_SIGNALS[name], ...args));
        return true;
      }),
    progress: () => unlessClosed(undefined, () => askProgress(client, taskQueue)),
    last: () =>
      unlessClosed(undefined, async () => {
        const { status, closeTime, runId } = await call(() => handle.describe());
        if (closeTime === undefined) return undefined;
        const ended = { status: status.name, endedAt: closeTime };
        if (status.name !== 'COMPLETED') return ended;
        // This very run: another one may have been started meanwhile.
        const verdict = await call(() => client.workflow.getHandle<Fleet>(fleetId, runId).result());
        return { ...ended, verdict };
      }),
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
