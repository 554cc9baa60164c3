import type { BlockedRun, FoundWork } from '../../contract/sweep.ts';

/** Runs that one sweep wakes, at most. A signal takes up to five events of its history, as a start does. */
export const MOST_WOKEN = 20;

/**
 * Chooses which blocked provisionings of deactivated users are woken. A run is woken once: it is listed as blocked until
 * its attempt is over, which no second signal makes come sooner. Woken ones that are still there count as open.
 *
 * @param woken runs that were woken before
 */
export function chooseToWake(
  blocked: readonly BlockedRun[],
  woken: readonly string[],
  maxOpen: number,
): Required<Pick<FoundWork, 'wake' | 'woken'>> {
  const before = new Set(woken);
  const still = blocked.filter(({ runId }) => before.has(runId)).map(({ runId }) => runId);
  const room = Math.max(0, Math.min(MOST_WOKEN, maxOpen - still.length));
  return { wake: blocked.filter(({ runId }) => !before.has(runId)).slice(0, room), woken: still };
}
