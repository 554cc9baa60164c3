import { WorkflowFailedError, type Client } from '@temporalio/client';
import { sessionWorkflowId, type DjangoUserId } from '../../contract/ids.ts';
import type { RefreshVerdict, StartMemo, WorkflowSignatures } from '../../contract/messages.ts';
import { REFRESH_EXECUTION_TIMEOUT_MS, WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { callTemporal } from './call.ts';

/** A refresh takes no longer than this (ms), unless no worker is there to do it. */
const LONGEST_REFRESH_MS = 35_000;

/**
 * Asks for a refresh of a user's session, joins the open one, and waits for its verdict.
 *
 * @param request.epoch of the session as it was read, 0 where nobody ever wrote
 * @param request.deadlineMs how long Temporal may take for the start
 * @param request.giveUp ends the wait; the refresh goes on
 * @throws BridgeError `TemporalUnavailable` when the start or the verdict does not come; `ConfigurationInvalid`
 */
export async function refreshSession(
  client: Client,
  request: {
    readonly user: DjangoUserId;
    readonly epoch: number;
    readonly taskQueue: string;
    readonly deadlineMs: number;
    readonly giveUp?: AbortSignal;
  },
): Promise<RefreshVerdict> {
  const { user, epoch, taskQueue, deadlineMs, giveUp } = request;
  const memo: StartMemo = { reason: 'visit', requestedAt: new Date().toISOString() };
  const run = await callTemporal(client, deadlineMs, () =>
    client.workflow.start<WorkflowSignatures['refreshSession']>('refreshSession', {
      workflowId: sessionWorkflowId(user),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      workflowExecutionTimeout: REFRESH_EXECUTION_TIMEOUT_MS,
      taskQueue,
      args: [{ djangoUserId: user, epoch }],
      memo: { ...memo },
    }),
  );
  try {
    return await callTemporal(client, LONGEST_REFRESH_MS, () => run.result(), giveUp);
  } catch (error) {
    // It was terminated or cancelled, no worker was there to do it, or it failed by a defect.
    if (error instanceof WorkflowFailedError)
      return { outcome: 'failed', code: 'SessionPending', retryAfterSeconds: 1 };
    throw error;
  }
}
