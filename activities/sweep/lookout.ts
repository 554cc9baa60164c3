import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { BlockedRun } from '../../contract/sweep.ts';
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

/** Tells those apart whom nobody is at. */
export interface Lookout {
  sort(users: readonly DjangoUserId[], workflowIdOf: (user: DjangoUserId) => string): Promise<Sorted>;
}

const NOTHING_KNOWN: KnownRuns = { open: false, vain: [] };

/**
 * Asks Temporal who is at which user. That only spares starts: where it does not answer, all users count as free, and it
 * is not asked again.
 */
export function createLookout(runs: RunIndex, now: number): Lookout {
  let away = false;
  const known = async (workflowIds: readonly string[]): Promise<ReadonlyMap<string, KnownRuns>> => {
    if (away || workflowIds.length === 0) return new Map();
    try {
      return await runs.runsOf(workflowIds);
    } catch (error) {
      if (!(error instanceof BridgeError)) throw error;
      away = true;
      return new Map();
    }
  };
  return {
    async sort(users, workflowIdOf) {
      const runsOf = await known(users.map(workflowIdOf));
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
    },
  };
}
