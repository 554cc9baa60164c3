import type { Client } from '@temporalio/client';
import { parseDjangoUserId, TASK_QUEUE, type DjangoUserId } from '../../contract/ids.ts';
import type { RotateReason, RotateVerdict } from '../../contract/messages.ts';
import { startOrJoin, type AccountOutcome } from './start-or-join.ts';

/** A rotation takes half a second; longer, when LibreChat is slow or a limit is met (ms). */
const ROTATE_WAIT_MS = 30_000;
/** Whoever rotates waits anyway, so Temporal may take longer than at a sign-up (ms). */
const ROTATE_DEADLINE_MS = 2_000;

/** What rotation is wanted. */
export interface RotateOptions {
  readonly reason: RotateReason;
  /** An operator's word that a password which opens under no key may be given up; default false. */
  readonly overwriteUnreadable?: boolean;
  /** Default `librechat`. */
  readonly taskQueue?: string;
  /** How long to wait for the verdict, and for another workflow of the account (ms); default 30,000, 0: only start. */
  readonly waitMs?: number;
  /** How long Temporal may take for each answer (ms); default 2,000. */
  readonly deadlineMs?: number;
}

/** How a rotation went. After `aborted` the row says where it stands, and a rotation with the reason `repair` puts it right. */
export type RotateOutcome = AccountOutcome<RotateVerdict>;

/**
 * Gives a user's LibreChat account a new password. One that is being rotated already is not rotated twice, unless the
 * reason asks for it: an `incident` is never satisfied by an older rotation, a `manual` one not by a `repair`.
 *
 * @throws BridgeError `InvalidUserId`, before Temporal is called; `TemporalUnavailable`; `ConfigurationInvalid` when
 *   Temporal refuses the request
 *
 * @example
 * await rotateCredential(client, parseDjangoUserId('42'), { reason: 'manual' }); // { outcome: 'rotated' }
 */
export async function rotateCredential(
  client: Client,
  user: DjangoUserId,
  options: RotateOptions,
): Promise<RotateOutcome> {
  const { reason, overwriteUnreadable = false, taskQueue = TASK_QUEUE } = options;
  const djangoUserId = parseDjangoUserId(user);
  return startOrJoin(client, {
    type: 'rotateCredential',
    user: djangoUserId,
    input: { djangoUserId, reason, ...(overwriteUnreadable ? { overwriteUnreadable } : {}) },
    memo: { reason, requestedAt: new Date().toISOString() },
    ownRunOnly: overwriteUnreadable,
    taskQueue,
    waitMs: options.waitMs ?? ROTATE_WAIT_MS,
    deadlineMs: options.deadlineMs ?? ROTATE_DEADLINE_MS,
  });
}
