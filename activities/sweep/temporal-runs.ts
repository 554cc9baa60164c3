import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { callTemporal } from '../../client/temporal/call.ts';
import { quoted, searchAttribute } from '../../client/temporal/visibility.ts';
import { BLOCKED, SEARCH_ATTRIBUTES, type WorkflowName } from '../../contract/messages.ts';
import type { BlockedRun, SweepClass } from '../../contract/sweep.ts';
import { REMEMBERED_MS } from './next-attempt.ts';
import type { KnownRuns, RunIndex, VainAttempt } from './ports.ts';

/** A list that takes longer is not worth waiting for (ms): the starts find that out too, at a higher price. */
const DEADLINE_MS = 2_000;
const PAGE = 1_000;

/** What is started for each class. */
const TYPES: Readonly<Record<SweepClass, WorkflowName>> = {
  provision: 'provisionAccount',
  repair: 'rotateCredential',
  suspend: 'suspendAccount',
  close: 'closeSession',
};

/**
 * The workflows of users as Temporal's visibility store lists them.
 *
 * @param taskQueues the queue of each class. A sign-up that was not lost, or an operator's suspension, is on another one and
 *   is not counted: it does not wait behind a mass
 */
export function createRunIndex(client: Client, taskQueues: Readonly<Record<SweepClass, string>>): RunIndex {
  return {
    async openOf(name) {
      const query =
        `WorkflowType = '${TYPES[name]}' AND ExecutionStatus = 'Running' ` +
        `AND TaskQueue = ${quoted([taskQueues[name]])} AND ${SEARCH_ATTRIBUTES.state.name} IS NULL`;
      return (await callTemporal(client, DEADLINE_MS, () => client.workflow.count(query))).count;
    },
    runsOf: (name, workflowIds) =>
      callTemporal(client, DEADLINE_MS, () => listRuns(client, TYPES[name], workflowIds)),
  };
}

async function listRuns(
  client: Client,
  type: WorkflowName,
  workflowIds: readonly string[],
): Promise<Map<string, KnownRuns>> {
  const known = new Map<string, { open: boolean; blocked?: BlockedRun; vain: VainAttempt[] }>();
  const query = `WorkflowId IN (${quoted(workflowIds)}) AND (ExecutionStatus = 'Running' OR (${inVain(type)}))`;
  for await (const run of client.workflow.list({ query, pageSize: PAGE })) {
    const { workflowId, runId, closeTime } = run;
    const runs = known.get(workflowId) ?? { open: false, vain: [] };
    if (closeTime === undefined) {
      runs.open = true;
      if (isBlocked(run)) runs.blocked = { workflowId, runId };
    } else runs.vain.push(vainAttempt(run, closeTime));
    known.set(workflowId, runs);
  }
  return known;
}

const isBlocked = (run: WorkflowExecutionInfo): boolean =>
  run.type === TYPES.provision && searchAttribute(run, SEARCH_ATTRIBUTES.state) === BLOCKED;

function vainAttempt(run: WorkflowExecutionInfo, closeTime: Date): VainAttempt {
  const code = searchAttribute(run, SEARCH_ATTRIBUTES.reason);
  return { endedAt: closeTime.getTime(), ...(typeof code === 'string' ? { code } : {}) };
}

/** Ended by a defect, or with a code: a workflow that is given up leaves its reason behind. */
const inVain = (type: WorkflowName): string =>
  `WorkflowType = '${type}' AND CloseTime > '${new Date(Date.now() - REMEMBERED_MS).toISOString()}' ` +
  `AND ExecutionStatus != 'ContinuedAsNew' ` +
  `AND (ExecutionStatus IN ('Failed', 'TimedOut') OR ${SEARCH_ATTRIBUTES.reason.name} IS NOT NULL)`;
