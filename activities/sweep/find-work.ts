import { BridgeError } from '../../contract/errors.ts';
import {
  accountWorkflowId,
  parseDjangoUserId,
  signOutWorkflowId,
  type DjangoUserId,
} from '../../contract/ids.ts';
import type { BlockedRun, FindWorkInput, FoundClass, FoundWork, SweepClass } from '../../contract/sweep.ts';
import { findClosings } from './find-closings.ts';
import { createLookout } from './lookout.ts';
import type { RowClass, RunIndex } from './ports.ts';
import type { SweepServices } from './services.ts';
import { chooseToWake } from './wake.ts';
import { walk } from './walk.ts';

/**
 * Workflows that one run of the sweep starts, at most. A start takes up to five events of its history (with a task for its
 * own), so that a run stays below 2,000. More go on with the next run, 30 s later.
 */
export const MOST_STARTS: Readonly<Record<SweepClass, number>> = {
  provision: 150,
  repair: 100,
  suspend: 60,
  close: 60,
};

/** After so long nothing new is begun (ms): what was found is worth more than what might be. */
const LONGEST_LOOK_MS = 8_000;

const NOTHING = { users: [], open: 0, waiting: 0 } as const;

/**
 * Looks for users for whom something is left to do. Each class stands for itself: what keeps one from being looked at says
 * so in its place, and the others go on.
 *
 * @param attempt.now milliseconds since 1970
 * @param attempt.assertHeld throws when somebody else may be doing this by now
 */
export async function findWork(
  { sweepTable, closingRecords }: SweepServices,
  runs: RunIndex,
  { cursors, maxOpen, woken = [] }: FindWorkInput,
  { now, assertHeld }: { readonly now: number; readonly assertHeld: () => void },
): Promise<FoundWork> {
  const lookout = createLookout(runs, now);
  const endsAt = performance.now() + LONGEST_LOOK_MS;
  const mayGoOn = (): boolean => {
    assertHeld();
    return performance.now() < endsAt;
  };
  const want = async (name: SweepClass): Promise<number> =>
    Math.min(MOST_STARTS[name], maxOpen - (await openOf(runs, name)));
  const blocked: BlockedRun[] = [];
  const rowsOf = (rows: RowClass) => (): Promise<FoundClass> =>
    walk({
      from: userOrNull(cursors[rows]),
      want: () => want(rows),
      page: (range, limit) => sweepTable.due(rows, range, limit),
      sort: async (users) => {
        const sorted = await lookout.sort(users, accountWorkflowId);
        if (rows === 'suspend') blocked.push(...sorted.blocked);
        return sorted;
      },
      mayGoOn,
    });
  const closings = (): Promise<FoundClass> =>
    findClosings({
      from: cursors.close,
      want: () => want('close'),
      step: (cursor) => closingRecords.scanClosing(cursor),
      sort: (users) => lookout.sort(users, signOutWorkflowId),
      mayGoOn,
    });
  const found = {
    // First those who are shut out.
    repair: await orSkipped(cursors.repair, rowsOf('repair')),
    provision: await orSkipped(cursors.provision, rowsOf('provision')),
    suspend: await orSkipped(cursors.suspend, rowsOf('suspend')),
    close: await orSkipped(cursors.close, closings),
  };
  return { ...found, ...chooseToWake(blocked, woken, maxOpen) };
}

/** Where Temporal does not tell, what may be urgent is not held up by it. A mass of new users is not. */
async function openOf(runs: RunIndex, name: SweepClass): Promise<number> {
  try {
    return await runs.openOf(name);
  } catch (error) {
    if (name === 'provision' || !(error instanceof BridgeError)) throw error;
    return 0;
  }
}

async function orSkipped(cursor: string | null, find: () => Promise<FoundClass>): Promise<FoundClass> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code === 'AttemptLost') throw error;
    return { ...NOTHING, cursor, skipped: error.code };
  }
}

/** A cursor that this version does not understand is none. */
function userOrNull(cursor: string | null): DjangoUserId | null {
  try {
    return cursor === null ? null : parseDjangoUserId(cursor);
  } catch {
    return null;
  }
}
