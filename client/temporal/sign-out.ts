import { WorkflowFailedError, type Client } from '@temporalio/client';
import { BridgeError } from '../../contract/errors.ts';
import { signOutWorkflowId, type DjangoUserId } from '../../contract/ids.ts';
import type { CloseVerdict, StartMemo, WorkflowSignatures } from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { callTemporal } from './call.ts';

/**
 * Starts the sign-out of a user at LibreChat. One that is open is replaced: each does all that is left to do, and the
 * latest knows best whether the record still is to be closed.
 *
 * @param request.recordClosed whether the record was taken from its readers already
 * @param request.waitMs how long to wait for the verdict; 0: only start
 * @returns undefined when the end was not seen within the wait
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function closeSession(
  client: Client,
  request: {
    readonly user: DjangoUserId;
    readonly recordClosed: boolean;
    readonly taskQueue: string;
    readonly deadlineMs: number;
    readonly waitMs: number;
  },
): Promise<CloseVerdict | undefined> {
  const { user, recordClosed, taskQueue, deadlineMs, waitMs } = request;
  const memo: StartMemo = { reason: 'sign-out', requestedAt: new Date().toISOString() };
  const run = await callTemporal(client, deadlineMs, () =>
    client.workflow.start<WorkflowSignatures['closeSession']>('closeSession', {
      workflowId: signOutWorkflowId(user),
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      taskQueue,
      args: [{ djangoUserId: user, recordClosed }],
      memo: { ...memo },
    }),
  );
  if (waitMs <= 0) return undefined;
  try {
    return await callTemporal(client, waitMs, () => run.result());
  } catch (error) {
    const late = error instanceof BridgeError && error.code === 'TemporalUnavailable';
    if (late || error instanceof WorkflowFailedError) return undefined;
    throw error;
  }
}
