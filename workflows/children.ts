import {
  ChildWorkflowCancellationType,
  ParentClosePolicy,
  sleep,
  startChild,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { ErrorCode } from '../contract/errors.ts';
import { accountWorkflowId, signOutWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import type { RotateVerdict, StartMemo, WorkflowName, WorkflowSignatures } from '../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../contract/numbers.ts';

/*
 * Other workflows that a workflow starts. They outlive it, whatever becomes of it. Where one is open already, it does the
 * same, or has to end first.
 */

/** Gives a user an account, unless another workflow is open. Does not wait: it may be blocked for days. */
export async function provideAccount(user: DjangoUserId): Promise<void> {
  await startUnlessOpen(
    'provisionAccount',
    accountWorkflowId(user),
    { djangoUserId: user },
    { reason: 'visit' },
  );
}

/**
 * Ends the LibreChat session of a user whose record was closed here, unless another workflow does. Does not wait.
 *
 * @param recordClosed false: the record is still to be closed, since Redis was away
 */
export async function finishSignOut(user: DjangoUserId, recordClosed = true): Promise<void> {
  const input = { djangoUserId: user, recordClosed };
  await startUnlessOpen('closeSession', signOutWorkflowId(user), input, { reason: 'inactive' });
}

/** Why a repair has not been seen to succeed. */
interface NotRepaired {
  readonly code: ErrorCode;
  readonly waitSeconds?: number;
}

/** When to ask again after a repair that is late (s): each refresh in between is one more wrong login. */
const LATE_SECONDS = 5;

/**
 * Brings LibreChat and the row of a user together.
 *
 * @returns undefined when they agree; else the code that says why not, or not yet
 */
export async function repairCredential(user: DjangoUserId, waitMs: number): Promise<NotRepaired | undefined> {
  const input = { djangoUserId: user, reason: 'repair' } as const;
  const repair = await startUnlessOpen('rotateCredential', accountWorkflowId(user), input, {
    reason: 'repair',
  });
  if (repair === undefined) return { code: 'RepairInProgress' };
  const ended = repair.result().then(codeOf, () => 'CredentialRejected' as const);
  const late = sleep(waitMs).then(() => 'late' as const);
  const code = await Promise.race([ended, late]);
  if (code === undefined) return undefined;
  return code === 'late' ? { code: 'RepairInProgress', waitSeconds: LATE_SECONDS } : { code };
}

function codeOf({ outcome, code }: RotateVerdict): ErrorCode | undefined {
  switch (outcome) {
    case 'gone':
      return 'UserNotFound';
    case 'inactive':
      return 'UserInactive';
    case 'rotated':
    case 'overtaken':
    case 'not-due':
      return undefined;
    case 'intact':
    case 'unverified':
    case 'failed':
      return code;
  }
}

/**
 * Starts a workflow that outlives this one, and does not wait for its end.
 *
 * @param options.taskQueue default: that of this workflow
 * @returns undefined when a workflow with this id is open: a child cannot join one
 */
export async function startUnlessOpen<Name extends WorkflowName>(
  type: Name,
  workflowId: string,
  input: Parameters<WorkflowSignatures[Name]>[0],
  { reason, taskQueue }: { readonly reason: string; readonly taskQueue?: string },
): Promise<ChildWorkflowHandle<WorkflowSignatures[Name]> | undefined> {
  const memo: StartMemo = { reason, requestedAt: new Date().toISOString() };
  try {
    return await startChild<WorkflowSignatures[Name]>(type, {
      workflowId,
      args: [input] as Parameters<WorkflowSignatures[Name]>,
      memo: { ...memo },
      parentClosePolicy: ParentClosePolicy.ABANDON,
      cancellationType: ChildWorkflowCancellationType.ABANDON,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      ...(taskQueue === undefined ? {} : { taskQueue }),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}
