import type { Client } from '@temporalio/client';
import type { ErrorCode } from '../../contract/errors.ts';
import { parseDjangoUserId, TASK_QUEUE, type DjangoUserId } from '../../contract/ids.ts';
import type { DeleteVerdict, SuspendVerdict } from '../../contract/messages.ts';
import { startOrJoin } from './start-or-join.ts';

/** It takes half a second; longer, when LibreChat is slow or a limit is met (ms). */
const WAIT_MS = 30_000;
/** Whoever ends an account waits anyway, so Temporal may take longer than at a sign-up (ms). */
const DEADLINE_MS = 2_000;

/** How to end an account. */
export interface EndOptions {
  /** Why, for Temporal: one word, without a name or an address; default `manual`. */
  readonly reason?: string;
  /** Default `librechat`. */
  readonly taskQueue?: string;
  /** How long to wait for the verdict, and for another workflow of the account (ms); default 30,000, 0: only start. */
  readonly waitMs?: number;
  /** How long Temporal may take for each answer (ms); default 2,000. */
  readonly deadlineMs?: number;
}

/**
 * How it went: the verdict, or why there is none (yet).
 *
 * `started`: it runs, or an open one does the same; its end was not seen within the wait. `busy`: not started, since
 * another workflow of the account did not end within the wait. `blocked`: not started, since a provisioning of the account
 * is blocked by the code: of an inactive user it ends at its next attempt, which was asked for now. `aborted`: somebody
 * terminated the run, or it failed by a defect; it can be started again.
 */
export type EndOutcome<Verdict> =
  | Verdict
  | { readonly outcome: 'started' }
  | { readonly outcome: 'busy'; readonly openWorkflow: string }
  | { readonly outcome: 'blocked'; readonly code: ErrorCode }
  | { readonly outcome: 'aborted' };

/**
 * Shuts a user who is inactive in Django out of LibreChat, and keeps the account. The sweep does so by itself.
 *
 * @throws BridgeError `InvalidUserId`, before Temporal is called; `TemporalUnavailable`; `ConfigurationInvalid` when
 *   Temporal refuses the request
 *
 * @example
 * await suspendAccount(client, parseDjangoUserId('42')); // { outcome: 'suspended' }
 */
export const suspendAccount = (
  client: Client,
  user: DjangoUserId,
  options: EndOptions = {},
): Promise<EndOutcome<SuspendVerdict>> => end(client, 'suspendAccount', user, options);

/**
 * Deletes the LibreChat account of a user who is inactive in Django, with all its conversations. To be awaited before the
 * row is deleted, which has what it takes.
 *
 * @throws BridgeError as {@link suspendAccount}
 *
 * @example
 * const { outcome } = await deleteAccount(client, parseDjangoUserId('42'));
 * if (outcome === 'deleted' || outcome === 'nothing' || outcome === 'gone') deleteRow();
 */
export const deleteAccount = (
  client: Client,
  user: DjangoUserId,
  options: EndOptions = {},
): Promise<EndOutcome<DeleteVerdict>> => end(client, 'deleteAccount', user, options);

async function end<Verdict>(
  client: Client,
  type: 'suspendAccount' | 'deleteAccount',
  user: DjangoUserId,
  { reason = 'manual', taskQueue = TASK_QUEUE, ...limits }: EndOptions,
): Promise<EndOutcome<Verdict>> {
  const djangoUserId = parseDjangoUserId(user);
  const result = await startOrJoin(client, {
    type,
    user: djangoUserId,
    input: { djangoUserId },
    memo: { reason, requestedAt: new Date().toISOString() },
    outlastBlocked: true,
    taskQueue,
    waitMs: limits.waitMs ?? WAIT_MS,
    deadlineMs: limits.deadlineMs ?? DEADLINE_MS,
  });
  if (result.kind === 'verdict') return result.verdict as Verdict;
  const { kind: outcome, ...details } = result;
  return { outcome, ...details } as EndOutcome<Verdict>;
}
