import { isCancellation } from '@temporalio/workflow';
import type { RenewResult } from '../contract/activities.ts';
import type { ErrorCode } from '../contract/errors.ts';
import { sessionWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import type { RefreshInput, RefreshVerdict } from '../contract/messages.ts';
import { provideAccount, finishSignOut, repairCredential } from './children.ts';
import { codeOfFailure, codeOfTimeout, waitOfFailure } from './failure-code.ts';
import { ownUser } from './own-id.ts';
import { localSession, renewalWithin } from './proxies.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** All of it ends within 30 s (ms): whoever waits gives up after seconds, and comes again. */
const LIFE_MS = 28_000;
/** Room for three attempts, unless LibreChat falls silent during them (ms). */
const RENEWAL_MS = 25_000;
const REPAIR_MS = 20_000;
/** After a repair at least so much is left for the second renewal (ms). */
const LEAST_MS = 5_000;

/** What readers are told when the run itself fails (s): each of them would only start another that fails too. */
const DEFECT = { code: 'AttemptLost', retryAfterSeconds: 30 } as const;

type Failed = { readonly outcome: 'failed'; readonly code: ErrorCode; readonly waitSeconds?: number };

/**
 * Gives a user a session whose access token has time left. It always ends, within 30 s and with a verdict; nothing of the
 * session is in it. Refreshes of one user have one workflow id, so LibreChat is asked once however many wait.
 */
export async function refreshSession(input: RefreshInput): Promise<RefreshVerdict> {
  const user = ownUser(input.djangoUserId, sessionWorkflowId);
  const result = await renewOrRepair(user, input.epoch, Date.now() + LIFE_MS);
  switch (result.outcome) {
    case 'fresh':
    case 'renewed':
    case 'opened':
      return result;
    case 'unprovisioned':
      await provideAccount(user);
      return fail(user, { outcome: 'failed', code: 'NotProvisioned' });
    case 'ended':
      await finishSignOut(user);
      return fail(user, { outcome: 'failed', code: result.code });
    case 'rejected':
      // LibreChat refuses what it has just accepted: somebody else is changing it too.
      return fail(user, { outcome: 'failed', code: 'Drift' });
    case 'failed':
      return fail(user, result);
  }
}

async function renewOrRepair(
  user: DjangoUserId,
  epoch: number,
  endsAt: number,
): Promise<RenewResult | Failed> {
  const first = await renew(user, epoch, RENEWAL_MS);
  if (first.outcome !== 'rejected') return first;
  const leftMs = (): number => endsAt - Date.now();
  const failed = await repairCredential(user, Math.min(REPAIR_MS, leftMs() - LEAST_MS));
  if (failed !== undefined) return { outcome: 'failed', ...failed };
  // Time may have passed without any worker, and an activity with no time left would have no end.
  return leftMs() < 1_000 ? { outcome: 'failed', code: 'RepairInProgress' } : renew(user, epoch, leftMs());
}

/** A time-out means that the worker died, or LibreChat kept silent, more than once. A defect fails the run. */
async function renew(user: DjangoUserId, epoch: number, withinMs: number): Promise<RenewResult | Failed> {
  try {
    return await renewalWithin(withinMs).renewSession({ djangoUserId: user, epoch });
  } catch (error) {
    const code = codeOfTimeout(error) ?? codeOfFailure(error);
    if (code === undefined && !isCancellation(error)) await noteFailure(user, DEFECT);
    if (code === undefined) throw error;
    const waitSeconds = waitOfFailure(error);
    return { outcome: 'failed', code, ...(waitSeconds === undefined ? {} : { waitSeconds }) };
  }
}

async function fail(user: DjangoUserId, { code, waitSeconds }: Failed): Promise<RefreshVerdict> {
  const failure = { code, retryAfterSeconds: waitSeconds ?? retryAfterSeconds(code) };
  if (failure.retryAfterSeconds > 0) await noteFailure(user, failure);
  return { outcome: 'failed', ...failure };
}

/** The note only spares calls: the verdict is as good without it. */
async function noteFailure(
  user: DjangoUserId,
  failure: { code: ErrorCode; retryAfterSeconds: number },
): Promise<void> {
  try {
    await localSession.noteFailure({ djangoUserId: user, ...failure });
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
