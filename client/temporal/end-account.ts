import type { Client } from '@temporalio/client';
import { parseDjangoUserId, TASK_QUEUE, type DjangoUserId } from '../../contract/ids.ts';
import { startOrJoin, type AccountOutcome, type VerdictOf } from './start-or-join.ts';

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
): Promise<AccountOutcome<VerdictOf<'suspendAccount'>>> => end(client, 'suspendAccount', user, options);

/**
 * Deletes the LibreChat account of a user who is inactive in Django, with all its conversations. To be awaited before the
 * row is deleted, which has what is needed for it; after any other outcome than those below, an account may be left that
 * only the row leads to.
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
): Promise<AccountOutcome<VerdictOf<'deleteAccount'>>> => end(client, 'deleteAccount', user, options);

async function end<Name extends 'suspendAccount' | 'deleteAccount'>(
  client: Client,
  type: Name,
  user: DjangoUserId,
  { reason = 'manual', taskQueue = TASK_QUEUE, ...limits }: EndOptions,
): Promise<AccountOutcome<VerdictOf<Name>>> {
  const djangoUserId = parseDjangoUserId(user);
  return startOrJoin<Name>(client, {
    type,
    user: djangoUserId,
    input: { djangoUserId },
    memo: { reason, requestedAt: new Date().toISOString() },
    outlastBlocked: true,
    taskQueue,
    waitMs: limits.waitMs ?? WAIT_MS,
    deadlineMs: limits.deadlineMs ?? DEADLINE_MS,
  });
}
