import { FLEET_REASON, type StartMemo, type WorkflowName } from '../../contract/messages.ts';

/** What a caller wants of the one workflow that may be open for an account. */
export interface AccountRequest {
  readonly type: WorkflowName;
  readonly memo: StartMemo;
  /** It may do more than others of its type and reason, so none of them will do. */
  readonly ownRunOnly?: boolean;
}

/** What a start led to: a run of its own, or one that was open already. */
export interface JoinedRun {
  readonly type: string;
  /** Undefined where it was started by somebody who leaves no such memo, for example from Temporal's own UI. */
  readonly memo: StartMemo | undefined;
}

/**
 * Whether the verdict of a run answers a request. If not, the caller waits for the end of that run and starts again.
 *
 * - The type must be the same.
 * - `incident`: only an incident's run that was asked for at the same time or later, since an older one may have minted
 *   before the password became known.
 * - `scheduled`, `manual`: any rotation but a `repair`, which may find the old password intact and leave it.
 * - `repair`: any rotation, as each ends with a password that works or says why it does not.
 * - None of them is answered by a rotation of the fleet, which leaves a password alone that is not due any more.
 *
 * @example
 * satisfies({ type: 'rotateCredential', memo: { reason: 'repair', requestedAt } }, manualRequest); // false
 */
export function satisfies(run: JoinedRun, request: AccountRequest): boolean {
  if (run.type !== request.type) return false;
  if (isOwn(run, request)) return true;
  if (request.ownRunOnly === true) return false;
  if (request.type !== 'rotateCredential') return true;
  if (request.memo.reason === 'repair') return run.memo?.reason !== FLEET_REASON;
  if (request.memo.reason !== 'incident')
    return ['scheduled', 'manual', 'incident'].includes(run.memo?.reason ?? '');
  return (
    run.memo?.reason === 'incident' &&
    Date.parse(run.memo.requestedAt) >= Date.parse(request.memo.requestedAt)
  );
}

const isOwn = ({ memo }: JoinedRun, request: AccountRequest): boolean =>
  memo?.reason === request.memo.reason && memo.requestedAt === request.memo.requestedAt;
