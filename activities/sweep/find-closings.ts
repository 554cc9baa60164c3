import type { DjangoUserId } from '../../contract/ids.ts';
import type { Sorted } from './sort-by-runs.ts';
import type { ClosingRecords } from './ports.ts';

/** Steps of one look: at a million users Redis has been gone through within the hour, a few milliseconds at a time. */
const MAX_STEPS = 50;

/** What a look for sessions that were to be closed needs. */
export interface ClosingLook {
  /** Where the last one ended; null: at the beginning. */
  readonly from: string | null;
  /** So many users at most. Asked once, and only where there is somebody. */
  readonly want: () => Promise<number>;
  readonly step: ClosingRecords['scanClosing'];
  readonly sort: (users: readonly DjangoUserId[]) => Promise<Sorted>;
  /** Asked before each step but the first. */
  readonly mayGoOn: () => boolean;
}

/**
 * Goes through Redis from where the last look ended, until its end or until there is enough.
 *
 * @throws what `step` and `sort` throw
 */
export async function findClosings({ from, want, step, sort, mayGoOn }: ClosingLook): Promise<{
  readonly users: readonly DjangoUserId[];
  readonly open: number;
  readonly waiting: number;
  readonly cursor: string | null;
  readonly full?: true;
}> {
  // Redis may name a user twice.
  const users = new Set<DjangoUserId>();
  let cursor = from;
  let most = Number.POSITIVE_INFINITY;
  let [open, waiting] = [0, 0];
  for (let steps = 0; steps < MAX_STEPS && (steps === 0 || mayGoOn()); steps++) {
    const { users: seen, cursor: next } = await step(cursor);
    if (seen.length > 0 && most === Number.POSITIVE_INFINITY) most = await want();
    const sorted = await sort([...new Set(seen)]);
    open += sorted.open;
    waiting += sorted.waiting;
    for (const user of sorted.free) {
      // The same step comes again then: those who were taken are closed by that.
      if (users.size >= most && !users.has(user))
        return { users: [...users], open, waiting, cursor, full: true };
      users.add(user);
    }
    cursor = next;
    if (next === null) break;
  }
  return { users: [...users], open, waiting, cursor };
}
