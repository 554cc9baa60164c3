import { wantedTerms, type Terms } from './terms.ts';
import type { WantedSchedule } from './table.ts';

/** A schedule that Temporal has. */
export interface PresentSchedule {
  readonly id: string;
  readonly terms: Terms;
}

/** What is to be done about one schedule. */
export type Step =
  | { readonly kind: 'create' | 'delete'; readonly id: string; readonly terms: Terms }
  | { readonly kind: 'update'; readonly id: string; readonly changes: readonly Change[] }
  | { readonly kind: 'unchanged'; readonly id: string };

/** A term that is to change. */
export interface Change {
  readonly term: string;
  readonly from: string;
  readonly to: string;
}

/**
 * What makes Temporal's schedules those that are wanted: wanted ones first, in their order, then those that are stale.
 *
 * @param prefix of our ids; whatever has another one is somebody else's
 */
export function plan(
  wanted: readonly WantedSchedule[],
  present: readonly PresentSchedule[],
  prefix: string,
): readonly Step[] {
  const presentById = new Map(present.map((schedule) => [schedule.id, schedule]));
  const steps = wanted.map(({ id, settings }): Step => {
    const there = presentById.get(id);
    const terms = wantedTerms(settings);
    if (there === undefined) return { kind: 'create', id, terms };
    const changes = Object.entries(terms)
      .map(([term, to]) => ({ term, from: there.terms[term] ?? 'nothing', to }))
      .filter(({ from, to }) => from !== to);
    return changes.length === 0 ? { kind: 'unchanged', id } : { kind: 'update', id, changes };
  });
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const stale = present.filter(({ id }) => id.startsWith(prefix) && !wantedIds.has(id));
  return [...steps, ...stale.map(({ id, terms }): Step => ({ kind: 'delete', id, terms }))];
}
