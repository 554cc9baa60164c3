import { getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import type { ErrorCode } from '../contract/errors.ts';
import { accountWorkflowId, fleetTaskQueue, signOutWorkflowId, type DjangoUserId } from '../contract/ids.ts';
import { PROVISION_SIGNALS } from '../contract/messages.ts';
import {
  MAX_OPEN,
  SWEEP_CLASSES,
  type BlockedRun,
  type FindWorkInput,
  type FoundClass,
  type FoundWork,
  type ReconcileInput,
  type ReconcileVerdict,
  type SweepClass,
  type SweepCount,
  type SweepCursors,
} from '../contract/sweep.ts';
import { startUnlessOpen } from './children.ts';
import { codeOfFailure, codeOfTimeout } from './failure-code.ts';
import { sweep } from './proxies.ts';

/**
 * Looks once for what is left to do, and sets it going: the row is the outbox of a sign-up whose start was lost, and the
 * mark of a rotation that was forgotten with all of Temporal. It does not wait for what it starts. The schedule starts it
 * again and again, and each run goes on where the one before ended.
 */
export async function reconcileAccounts(input: ReconcileInput): Promise<ReconcileVerdict> {
  const { taskQueue, lastResult } = workflowInfo();
  const queues: Queues = {
    // Bulk: an import, or a department that left, must not stand before somebody who signs up now.
    provision: fleetTaskQueue(taskQueue),
    suspend: fleetTaskQueue(taskQueue),
    // Whoever is in doubt may be shut out.
    repair: taskQueue,
    close: taskQueue,
  };
  const woken = wokenOf(lastResult);
  const found = await find({ cursors: cursorsOf(lastResult), taskQueues: queues, woken }, input);
  const starts: Readonly<Record<SweepClass, Start>> = {
    provision: (user) =>
      startUnlessOpen('provisionAccount', accountWorkflowId(user), userOf(user), {
        reason: 'sign-up',
        taskQueue: queues.provision,
      }),
    repair: (user) => {
      const repair = { djangoUserId: user, reason: 'repair' } as const;
      return startUnlessOpen('rotateCredential', accountWorkflowId(user), repair, { reason: 'repair' });
    },
    suspend: (user) =>
      startUnlessOpen('suspendAccount', accountWorkflowId(user), userOf(user), {
        reason: 'inactive',
        taskQueue: queues.suspend,
      }),
    close: (user) => {
      const rest = { djangoUserId: user, recordClosed: true };
      return startUnlessOpen('closeSession', signOutWorkflowId(user), rest, { reason: 'sign-out' });
    },
  };
  const { wake: toWake = [], woken: still = woken } = found;
  const [counts] = await Promise.all([
    byClass((name) => startAll(found[name], starts[name])),
    Promise.all(toWake.map(wake)),
  ]);
  const { suspend } = counts;
  return {
    counts: toWake.length === 0 ? counts : { ...counts, suspend: { ...suspend, woken: toWake.length } },
    cursors: await byClass(async (name) => found[name].cursor),
    woken: [...still, ...toWake.map(({ runId }) => runId)],
  };
}

/**
 * Ends the wait of a provisioning whose user was deactivated: its attempt finds that and ends, and the next sweep can
 * suspend the user.
 */
async function wake({ workflowId, runId }: BlockedRun): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId, runId).signal(PROVISION_SIGNALS.changed);
  } catch {
    // It has ended, or tries again already.
  }
}

type Queues = FindWorkInput['taskQueues'];

/** Undefined where somebody was quicker. */
type Start = (user: DjangoUserId) => Promise<unknown>;

const userOf = (user: DjangoUserId): { readonly djangoUserId: string } => ({ djangoUserId: user });

/** Without an answer the same places are looked at by the next run. A defect fails this one. */
async function find(
  look: Omit<FindWorkInput, 'maxOpen'>,
  { maxOpen = MAX_OPEN }: ReconcileInput,
): Promise<FoundWork> {
  try {
    return await sweep.findWork({ ...look, maxOpen });
  } catch (error) {
    const code = codeOfTimeout(error) ?? codeOfFailure(error);
    if (code === undefined) throw error;
    return byClass(async (name) => skipped(look.cursors[name], code));
  }
}

const skipped = (cursor: string | null, code: ErrorCode): FoundClass => ({
  users: [],
  open: 0,
  waiting: 0,
  cursor,
  skipped: code,
});

async function startAll({ users, ...found }: FoundClass, start: Start): Promise<SweepCount> {
  const starts = await Promise.all(users.map((user) => start(user as DjangoUserId)));
  const busy = starts.filter((one) => one === undefined).length;
  const { open, waiting, full, skipped } = found;
  return {
    started: users.length - busy,
    busy,
    open,
    waiting,
    ...(full === undefined ? {} : { full }),
    ...(skipped === undefined ? {} : { skipped }),
  };
}

/** The result of the last run that had one, of whatever version. */
function cursorsOf(lastResult: unknown): SweepCursors {
  const { cursors } = (lastResult ?? {}) as Partial<ReconcileVerdict>;
  const at = (name: SweepClass): string | null => {
    const cursor: unknown = cursors?.[name];
    return typeof cursor === 'string' ? cursor : null;
  };
  return { provision: at('provision'), repair: at('repair'), suspend: at('suspend'), close: at('close') };
}

/** An earlier version woke nobody. */
function wokenOf(lastResult: unknown): readonly string[] {
  const { woken } = (lastResult ?? {}) as Partial<ReconcileVerdict>;
  return woken ?? [];
}

async function byClass<Value>(
  of: (name: SweepClass) => Promise<Value>,
): Promise<Readonly<Record<SweepClass, Value>>> {
  const entries = SWEEP_CLASSES.map(async (name) => [name, await of(name)] as const);
  return Object.fromEntries(await Promise.all(entries)) as Record<SweepClass, Value>;
}
