import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import {
  SWEEP_CLASSES,
  type BlockedRun,
  type FindWorkInput,
  type FoundClass,
  type FoundWork,
  type SweepClass,
} from '../../contract/sweep.ts';
import { findClosings } from './find-closings.ts';
import type { RowClass, RunIndex } from './ports.ts';
import type { SweepServices } from './services.ts';
import { createSortByRuns } from './sort-by-runs.ts';
import { createTurns } from './turns.ts';
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

const NOTHING = { users: [], open: 0, waiting: 0 } as const;

/** The attempt that looks, and its time. */
interface Look {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Throws when somebody else may be doing this by now. */
  readonly assertHeld: () => void;
  /** Milliseconds since some fixed moment. */
  readonly clock?: () => number;
}

type Find = (mayGoOn: () => boolean) => Promise<FoundClass>;

/**
 * Looks for users for whom something is left to do. Each class stands for itself: what keeps one from being looked at says
 * so in its place, and the others go on.
 */
export async function findWork(
  { sweepTable, closingRecords }: SweepServices,
  runs: RunIndex,
  { cursors, maxOpen, woken = [] }: FindWorkInput,
  { now, assertHeld, clock = () => performance.now() }: Look,
): Promise<FoundWork> {
  const sortByRuns = createSortByRuns(runs, now);
  const nextTurn = createTurns(SWEEP_CLASSES.length, clock);
  const want = async (name: SweepClass): Promise<number> =>
    Math.min(MOST_STARTS[name], maxOpen - (await openOf(runs, name)));
  const inTurn = async (name: SweepClass, find: Find): Promise<FoundClass> => {
    assertHeld();
    const { mayBegin, mayGoOn } = nextTurn();
    if (!mayBegin) return { ...NOTHING, cursor: cursors[name], skipped: 'no-time' };
    return orSkipped(cursors[name], () =>
      find(() => {
        assertHeld();
        return mayGoOn();
      }),
    );
  };
  const blocked: BlockedRun[] = [];
  const rows = (name: RowClass): Promise<FoundClass> =>
    inTurn(name, (mayGoOn) =>
      walk({
        from: userOrNull(cursors[name]),
        want: () => want(name),
        page: (range, limit) => sweepTable.due(name, range, limit),
        sort: async (users) => {
          const sorted = await sortByRuns(name, users);
          if (name === 'suspend') blocked.push(...sorted.blocked);
          return sorted;
        },
        mayGoOn,
      }),
    );
  const closings = (): Promise<FoundClass> =>
    inTurn('close', (mayGoOn) =>
      findClosings({
        from: cursors.close,
        want: () => want('close'),
        step: (cursor) => closingRecords.scanClosing(cursor),
        sort: (users) => sortByRuns('close', users),
        mayGoOn,
      }),
    );
  const found = {
    // First those who are shut out.
    repair: await rows('repair'),
    provision: await rows('provision'),
    suspend: await rows('suspend'),
    close: await closings(),
  };
  // Who was woken before is not forgotten where nobody was looked for.
  return found.suspend.skipped === undefined ? { ...found, ...chooseToWake(blocked, woken, maxOpen) } : found;
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
