import { WorkflowNotFoundError, type Client, type WorkflowExecutionDescription } from '@temporalio/client';
import { isErrorCode, type ErrorCode } from '../../contract/errors.ts';
import {
  accountWorkflowId,
  sessionWorkflowId,
  signOutWorkflowId,
  type DjangoUserId,
} from '../../contract/ids.ts';
import { BLOCKED, SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { callTemporal } from './call.ts';
import { searchAttribute } from './visibility.ts';

/** A workflow of a user that has not ended. */
export interface OpenWorkflow {
  /** For example `provisionAccount`. */
  readonly workflow: string;
  /** When it was asked for. One that tries for days is still the same request. */
  readonly since: Date;
  /** Why it was started: `sign-up`, `visit`, `manual`, … Undefined where that was not said. */
  readonly reason: string | undefined;
  /** What it waits for: somebody has to change something (`blocked`), or an attempt failed and is repeated. */
  readonly waiting:
    | {
        readonly kind: 'blocked' | 'retrying';
        /** Undefined when the attempt did not fail but was lost, for example because its worker was killed. */
        readonly code: ErrorCode | undefined;
        /** Undefined while the next attempt runs. */
        readonly nextAttempt: Date | undefined;
      }
    | undefined;
}

/** What is going on for a user at this moment; null where nothing is. */
export interface UserStatus {
  /** What changes the account or its password: `provisionAccount`, `rotateCredential`, `suspendAccount`, `deleteAccount`. */
  readonly account: OpenWorkflow | null;
  /** A refresh of the session. */
  readonly session: OpenWorkflow | null;
  readonly signOut: OpenWorkflow | null;
}

/**
 * Describes the workflows that may be open for a user. Temporal answers by itself, without a worker.
 *
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function userStatus(
  client: Client,
  user: DjangoUserId,
  deadlineMs: number,
): Promise<UserStatus> {
  const open = (workflowId: string): Promise<OpenWorkflow | null> =>
    describeOpen(client, workflowId, deadlineMs);
  const [account, session, signOut] = await Promise.all([
    open(accountWorkflowId(user)),
    open(sessionWorkflowId(user)),
    open(signOutWorkflowId(user)),
  ]);
  return { account, session, signOut };
}

async function describeOpen(
  client: Client,
  workflowId: string,
  deadlineMs: number,
): Promise<OpenWorkflow | null> {
  try {
    const run = await callTemporal(client, deadlineMs, () =>
      client.workflow.getHandle(workflowId).describe(),
    );
    if (run.status.name !== 'RUNNING') return null;
    const { reason, requestedAt } = run.memo ?? {};
    return {
      workflow: run.type,
      since: typeof requestedAt === 'string' ? new Date(requestedAt) : run.startTime,
      reason: typeof reason === 'string' ? reason : undefined,
      waiting: blocked(run) ?? retrying(run),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function blocked(run: WorkflowExecutionDescription): OpenWorkflow['waiting'] {
  if (searchAttribute(run, SEARCH_ATTRIBUTES.state) !== BLOCKED) return undefined;
  const code = searchAttribute(run, SEARCH_ATTRIBUTES.reason);
  const nextAttempt = searchAttribute(run, SEARCH_ATTRIBUTES.nextAttempt);
  return {
    kind: 'blocked',
    code: isErrorCode(code) ? code : undefined,
    nextAttempt: nextAttempt instanceof Date ? nextAttempt : undefined,
  };
}

/** An activity that is not in its first attempt. */
function retrying({ raw }: WorkflowExecutionDescription): OpenWorkflow['waiting'] {
  const pending = raw.pendingActivities?.find(({ attempt }) => (attempt ?? 0) > 1);
  if (pending === undefined) return undefined;
  const code = pending.lastFailure?.applicationFailureInfo?.type;
  const seconds = pending.nextAttemptScheduleTime?.seconds;
  return {
    kind: 'retrying',
    code: isErrorCode(code) ? code : undefined,
    nextAttempt: seconds === undefined || seconds === null ? undefined : new Date(Number(seconds) * 1_000),
  };
}
