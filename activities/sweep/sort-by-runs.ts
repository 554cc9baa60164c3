import { BridgeError } from '../../contract/errors.ts';
import { accountWorkflowId, signOutWorkflowId, type DjangoUserId } from '../../contract/ids.ts';
import type { BlockedRun, SweepClass } from '../../contract/sweep.ts';
import { nextAttemptAt } from './next-attempt.ts';
import type { KnownRuns, RunIndex } from './ports.ts';

/** Users who were found, by what is to be done about them now. */
export interface Sorted {
  /** In the order in which they were found. */
  readonly free: readonly DjangoUserId[];
  /** A workflow is open for them. */
  readonly open: number;
  /** Of those, the provisionings that are blocked. */
  readonly blocked: readonly BlockedRun[];
  /** Attempts were in vain, and the next one is not due yet. */
  readonly waiting: number;
}

/** Picks out the users of a class that no workflow is working on. */
export type SortByRuns = (name: SweepClass, users: readonly DjangoUserId[]) => Promise<Sorted>;

const NOTHING_KNOWN: KnownRuns = { open: false, vain: [] };

/**
 * Asks Temporal which users a workflow is working on. That only saves starts: where it does not answer, all users count as
 * free, and it is not asked again.
 *
 * @param now milliseconds since 1970
 */
export function createSortByRuns(runs: RunIndex, now: number): SortByRuns {
  let away = false;
  const known = async (
    name: SweepClass,
    workflowIds: readonly string[],
  ): Promise<ReadonlyMap<string, KnownRuns>> => {
    if (away || workflowIds.length === 0) return new Map();
    try {
      return await runs.runsOf(name, workflowIds);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      away = true;
      return new Map();
    }
  };
  return async (name, users) => {
    const workflowIdOf = name === 'close' ? signOutWorkflowId : accountWorkflowId;
    const runsOf = await known(name, users.map(workflowIdOf));
    const free: DjangoUserId[] = [];
    const blocked: BlockedRun[] = [];
    let open = 0;
    let waiting = 0;
    for (const user of users) {
      const { open: isOpen, blocked: run, vain } = runsOf.get(workflowIdOf(user)) ?? NOTHING_KNOWN;
      if (run !== undefined) blocked.push(run);
      if (isOpen) open++;
      else if (nextAttemptAt(vain, now) > now) waiting++;
      else free.push(user);
    }
    return { free, open, blocked, waiting };
  };
}
