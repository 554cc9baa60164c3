import {
  WorkflowContinuedAsNewError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { BridgeError, isErrorCode, type ErrorCode } from '../../contract/errors.ts';
import { accountWorkflowId, type DjangoUserId } from '../../contract/ids.ts';
import {
  BLOCKED,
  SEARCH_ATTRIBUTES,
  PROVISION_SIGNALS,
  type StartMemo,
  type WorkflowName,
  type WorkflowSignatures,
} from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { satisfies, type AccountRequest } from './join-rule.ts';
import { callTemporal } from './call.ts';
import { searchAttribute } from './visibility.ts';

/** A request, and what it takes to start a run for it. */
export interface AccountStart<Name extends WorkflowName> extends AccountRequest {
  readonly type: Name;
  readonly user: DjangoUserId;
  readonly input: Parameters<WorkflowSignatures[Name]>[0];
  readonly taskQueue: string;
  /** How long to wait for the verdict (ms); 0: only start. */
  readonly waitMs: number;
  /** How long Temporal may take for each answer (ms). */
  readonly deadlineMs: number;
  /** A blocked provisioning will end when it tries again (the user is inactive): wait for that too. */
  readonly outlastBlocked?: boolean;
}

/**
 * How a request went: its verdict, or why there is none (yet).
 *
 * `started`: it runs, or an open one does the same; its end was not seen within the wait. `busy`: not started, since
 * another workflow of the account did not end within the wait. `blocked`: not started, since the account is still to be
 * provisioned, and that is blocked by the code; it was told to try again now. `aborted`: somebody terminated the run, or
 * it failed by a defect; it can be started again.
 */
export type AccountOutcome<Verdict> =
  | Verdict
  | { readonly outcome: 'started' }
  | { readonly outcome: 'busy'; readonly openWorkflow: string }
  | { readonly outcome: 'blocked'; readonly code: ErrorCode }
  | { readonly outcome: 'aborted' };

/** What a workflow returns. */
export type VerdictOf<Name extends WorkflowName> = Awaited<ReturnType<WorkflowSignatures[Name]>>;

/** How often a description is asked for (ms): a blocked provisioning does not end, and only a description shows it. */
const LOOK_AGAIN_MS = { first: 250, longest: 2_000 } as const;

/**
 * Starts the account workflow of a user, where at most one may be open. A start joins an open run without saying so, and
 * would answer with *its* result, whatever its type; so the run that the start led to is described, and where it does not
 * answer the request, its end is awaited and the start repeated. Repeated starts that join cost nothing.
 *
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function startOrJoin<Name extends WorkflowName>(
  client: Client,
  request: AccountStart<Name>,
): Promise<AccountOutcome<VerdictOf<Name>>> {
  const waitUntil = performance.now() + request.waitMs;
  let hasTold = false;
  for (let lookAgainMs: number = LOOK_AGAIN_MS.first; ;) {
    const run = await startAndDescribe(client, request);
    if (satisfies({ type: run.type, memo: memoOf(run) }, request))
      return endOf<VerdictOf<Name>>(client, run, waitUntil - performance.now());
    const code = blockedBy(run);
    const leftMs = waitUntil - performance.now();
    if (code !== undefined) {
      hasTold ||= await tellChanged(client, request, run);
      if (!hasTold) continue;
      if (request.outlastBlocked !== true || leftMs <= 0) return { outcome: 'blocked', code };
    }
    if (leftMs <= 0) return { outcome: 'busy', openWorkflow: run.type };
    await endOf(client, run, Math.min(lookAgainMs, leftMs));
    lookAgainMs = Math.min(2 * lookAgainMs, LOOK_AGAIN_MS.longest);
  }
}

async function startAndDescribe<Name extends WorkflowName>(
  client: Client,
  { type, user, input, memo, taskQueue, deadlineMs }: AccountStart<Name>,
): Promise<WorkflowExecutionDescription> {
  const started = await callTemporal(client, deadlineMs, () =>
    client.workflow.start(type, {
      workflowId: accountWorkflowId(user),
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
      taskQueue,
      args: [input],
      memo: { ...memo },
    }),
  );
  const run = client.workflow.getHandle(started.workflowId, started.firstExecutionRunId);
  return callTemporal(client, deadlineMs, () => run.describe());
}

/** Waits for the end of one run, not of those that it continues as. */
async function endOf<Verdict>(
  client: Client,
  { workflowId, runId }: WorkflowExecutionDescription,
  waitMs: number,
): Promise<AccountOutcome<Verdict>> {
  if (waitMs <= 0) return { outcome: 'started' };
  try {
    const result = (): Promise<unknown> => client.workflow.result(workflowId, runId, { followRuns: false });
    return (await callTemporal(client, waitMs, result)) as Verdict;
  } catch (error) {
    // What was started goes on without Temporal's answer, and without ours.
    if (error instanceof BridgeError && error.code === 'TemporalUnavailable') return { outcome: 'started' };
    if (error instanceof WorkflowFailedError || error instanceof WorkflowContinuedAsNewError)
      return { outcome: 'aborted' };
    throw error;
  }
}

/** Says that a blocked provisioning should try now; false when it has ended in the meantime. */
async function tellChanged(
  client: Client,
  { deadlineMs }: { readonly deadlineMs: number },
  { workflowId }: WorkflowExecutionDescription,
): Promise<boolean> {
  try {
    // Not to this run only: it may be about to continue as a new one.
    await callTemporal(client, deadlineMs, () =>
      client.workflow.getHandle(workflowId).signal(PROVISION_SIGNALS.changed),
    );
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

function blockedBy(run: WorkflowExecutionDescription): ErrorCode | undefined {
  if (run.status.name !== 'RUNNING' || searchAttribute(run, SEARCH_ATTRIBUTES.state) !== BLOCKED)
    return undefined;
  const code = searchAttribute(run, SEARCH_ATTRIBUTES.reason);
  return isErrorCode(code) ? code : 'NotProvisioned';
}

function memoOf({ memo }: WorkflowExecutionDescription): StartMemo | undefined {
  const { reason, requestedAt } = memo ?? {};
  return typeof reason === 'string' && typeof requestedAt === 'string' ? { reason, requestedAt } : undefined;
}
