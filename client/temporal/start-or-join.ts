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
  SIGNALS,
  type StartMemo,
  type WorkflowName,
  type WorkflowSignatures,
} from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { satisfies, type AccountRequest } from './join-rule.ts';
import { callTemporal } from './call.ts';
import { searchAttribute } from './search-attribute.ts';

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

/** How it went. */
export type StartOutcome<Verdict> =
  | { readonly kind: 'verdict'; readonly verdict: Verdict }
  /** It was started, or an open run does the same; its end was not seen within the wait. */
  | { readonly kind: 'started' }
  /** It was not started: the given workflow is open for this account, and did not end within the wait. */
  | { readonly kind: 'busy'; readonly openWorkflow: string }
  /** It was not started: the provisioning of this account is blocked by the code. It was told to try again now. */
  | { readonly kind: 'blocked'; readonly code: ErrorCode }
  /** The run ended without a verdict: it was terminated or cancelled, or failed by a defect. */
  | { readonly kind: 'aborted' };

/** A blocked provisioning does not end, and only a description tells: so often is one asked for (ms). */
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
): Promise<StartOutcome<Awaited<ReturnType<WorkflowSignatures[Name]>>>> {
  const waitUntil = performance.now() + request.waitMs;
  let hasTold = false;
  for (let lookAgainMs: number = LOOK_AGAIN_MS.first; ;) {
    const run = await startAndDescribe(client, request);
    if (satisfies({ type: run.type, memo: memoOf(run) }, request))
      return endOf(client, run, waitUntil - performance.now());
    const code = blockedBy(run);
    const leftMs = waitUntil - performance.now();
    if (code !== undefined) {
      hasTold ||= await tellChanged(client, request, run);
      if (!hasTold) continue;
      if (request.outlastBlocked !== true || leftMs <= 0) return { kind: 'blocked', code };
    }
    if (leftMs <= 0) return { kind: 'busy', openWorkflow: run.type };
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
): Promise<StartOutcome<Verdict>> {
  if (waitMs <= 0) return { kind: 'started' };
  try {
    const result = (): Promise<unknown> => client.workflow.result(workflowId, runId, { followRuns: false });
    return { kind: 'verdict', verdict: (await callTemporal(client, waitMs, result)) as Verdict };
  } catch (error) {
    // What was started goes on without Temporal's answer, and without ours.
    if (error instanceof BridgeError && error.code === 'TemporalUnavailable') return { kind: 'started' };
    if (error instanceof WorkflowFailedError || error instanceof WorkflowContinuedAsNewError)
      return { kind: 'aborted' };
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
      client.workflow.getHandle(workflowId).signal(SIGNALS.changed),
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
