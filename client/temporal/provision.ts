import type { Client } from '@temporalio/client';
import { BridgeError } from '../../contract/errors.ts';
import { accountWorkflowId, parseDjangoUserId, TASK_QUEUE, type DjangoUserId } from '../../contract/ids.ts';
import { PROVISION_SIGNALS, type StartMemo, type WorkflowSignatures } from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { callTemporal } from './call.ts';

/** Nobody who signs up waits for Temporal: the row itself is the outbox, and the sweep reads it (ms). */
const PROVISION_DEADLINE_MS = 500;

/** How to start a provisioning. */
export interface ProvisionOptions {
  /** What to do when Temporal does not answer; default `throw`. */
  readonly onUnavailable?: 'throw' | 'ignore';
  /** How long Temporal may take (ms); default 500. */
  readonly deadlineMs?: number;
  /** Default `librechat`. */
  readonly taskQueue?: string;
  /** The row was corrected: a provisioning that is blocked tries again now. */
  readonly changed?: boolean;
}

/** `started`: a workflow is open for the account. `unavailable`: Temporal did not answer, which was to be ignored. */
export interface ProvisionStart {
  readonly outcome: 'started' | 'unavailable';
}

/**
 * Starts the provisioning of a user and returns; joins one that is open. To be called after the commit of the row, at
 * any time and as often as you like: a user who has an account costs nothing but the start. While the password of the
 * user is being rotated nothing is started; a row that is not complete after that is found by the sweep.
 *
 * @throws BridgeError `InvalidUserId`, before Temporal is called; `TemporalUnavailable`, unless it is to be ignored;
 *   `ConfigurationInvalid` when Temporal refuses the request
 *
 * @example
 * await provisionAccount(client, parseDjangoUserId('42'), { onUnavailable: 'ignore' }); // { outcome: 'started' }
 */
export async function provisionAccount(
  client: Client,
  user: DjangoUserId,
  options: ProvisionOptions = {},
): Promise<ProvisionStart> {
  const { onUnavailable = 'throw', deadlineMs = PROVISION_DEADLINE_MS } = options;
  const djangoUserId = parseDjangoUserId(user);
  try {
    await callTemporal(client, deadlineMs, () => start(client, djangoUserId, options));
    return { outcome: 'started' };
  } catch (error) {
    const ignored = onUnavailable === 'ignore' && error instanceof BridgeError;
    if (ignored && error.code === 'TemporalUnavailable') return { outcome: 'unavailable' };
    throw error;
  }
}

async function start(
  client: Client,
  djangoUserId: DjangoUserId,
  { taskQueue = TASK_QUEUE, changed = false }: ProvisionOptions,
): Promise<void> {
  const memo: StartMemo = { reason: 'sign-up', requestedAt: new Date().toISOString() };
  const options = {
    workflowId: accountWorkflowId(djangoUserId),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    taskQueue,
    args: [{ djangoUserId }],
    memo: { ...memo },
  } as const;
  type Provision = WorkflowSignatures['provisionAccount'];
  if (changed)
    await client.workflow.signalWithStart<Provision>('provisionAccount', {
      ...options,
      signal: PROVISION_SIGNALS.changed,
    });
  else await client.workflow.start<Provision>('provisionAccount', options);
}
