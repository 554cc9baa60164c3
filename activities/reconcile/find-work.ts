import { BridgeError } from '../../contract/errors.ts';
import {
  accountWorkflowId,
  parseDjangoUserId,
  signOutWorkflowId,
  type DjangoUserId,
} from '../../contract/ids.ts';
import type { FindWorkInput, FoundClass, FoundWork, SweepClass } from '../../contract/reconcile.ts';
import { findClosings } from './find-closings.ts';
import { createLookout, type Lookout } from './lookout.ts';
import type { RowClass, RunIndex, SweepServices } from './ports.ts';
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
  { cursors, maxOpenProvisionings }: FindWorkInput,
  { now, assertHeld }: { readonly now: number; readonly assertHeld: () => void },
): Promise<FoundWork> {
  const lookout = createLookout(runs, now);
  const endsAt = performance.now() + LONGEST_LOOK_MS;
  const mayGoOn = (): boolean => {
    assertHeld();
    return performance.now() < endsAt;
  };
  const rowsOf = async (rows: RowClass, want: number): Promise<FoundClass> =>
    walk({
      from: userOrNull(cursors[rows]),
      want,
      page: (range, limit) => sweepTable.due(rows, range, limit),
      sort: (users) => lookout.sort(users, accountWorkflowId),
      mayGoOn,
    });
  const freePlaces = async (): Promise<number> =>
    Math.min(MOST_STARTS.provision, maxOpenProvisionings - (await runs.openProvisionings()));
  const look = (name: SweepClass, find: () => Promise<FoundClass>): Promise<FoundClass> =>
    orSkipped(cursors[name], find);
  return {
    // First those who are shut out.
    repair: await look('repair', () => rowsOf('repair', MOST_STARTS.repair)),
    provision: await look('provision', async () => rowsOf('provision', await freePlaces())),
    suspend: await look('suspend', () => rowsOf('suspend', MOST_STARTS.suspend)),
    close: await look('close', () => closingsOf(closingRecords, lookout, cursors.close, mayGoOn)),
  };
}

const closingsOf = (
  records: SweepServices['closingRecords'],
  lookout: Lookout,
  from: string | null,
  mayGoOn: () => boolean,
): Promise<FoundClass> =>
  findClosings({
    from,
    want: MOST_STARTS.close,
    step: (cursor) => records.scanClosing(cursor),
    sort: (users) => lookout.sort(users, signOutWorkflowId),
    mayGoOn,
  });

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
