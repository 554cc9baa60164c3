import type { ErrorCode } from '../../contract/errors.ts';

/** How often in a row a route answers with one code before that is taken for what everybody gets. */
const FAILURES_TO_OPEN = 5;
/** … if at least this many met it: one account that LibreChat cannot read is tried again and again. */
const PEOPLE_TO_OPEN = 3;

/**
 * How long bulk work waits before one piece of it tries (ms). It does not grow: a row in doubt is to be repaired soon after
 * LibreChat is back, and one piece in such a time is no burden.
 */
const WAIT_MS = 30_000;

/** The outcome of a trial is mostly known after this time (ms). */
const TRIAL_MS = 2_000;

/** A route that answers everybody with the same error, or may be about to. */
export interface RouteTrouble {
  readonly code: ErrorCode;
  readonly inARow: number;
  /** Some of the accounts that it was about. */
  readonly about: readonly string[];
  /** 0: not open. Until then bulk work waits. */
  readonly openUntil: number;
  /** After that one piece of bulk work tries, and the others wait for the outcome, but not for ever. */
  readonly trialUntil: number;
}

const CLOSED = { code: undefined, openUntil: 0, trialUntil: 0 } as const;

/** By route. Routes without trouble are not there. */
export type Troubles = ReadonlyMap<string, RouteTrouble>;

/**
 * After a call.
 *
 * @param code the system's code that it failed with; undefined: LibreChat did what the route is for
 * @param whom the call was about; undefined: counts as somebody else each time
 */
export function afterCall(
  troubles: Troubles,
  route: string,
  code: ErrorCode | undefined,
  now: number,
  whom?: string,
): Troubles {
  const next = new Map(troubles);
  if (code === undefined) {
    next.delete(route);
    return next;
  }
  const before = troubles.get(route);
  const known = before?.code === code ? before : { ...CLOSED, code, inARow: 0, about: [] };
  const inARow = known.inARow + 1;
  const about = withOneMore(known.about, whom ?? `call ${inARow}`);
  if (inARow < FAILURES_TO_OPEN || about.length < PEOPLE_TO_OPEN)
    return next.set(route, { ...known, inARow, about });
  // Calls under way when it opened must not open it again.
  if (known.openUntil > now) return next.set(route, { ...known, inARow });
  return next.set(route, { code, inARow, about, openUntil: now + WAIT_MS, trialUntil: 0 });
}

const withOneMore = (some: readonly string[], whom: string): readonly string[] =>
  some.length >= PEOPLE_TO_OPEN || some.includes(whom) ? some : [...some, whom];

/** What stands in the way of bulk work that calls these routes, and for how long (ms). */
export function standsInTheWay(
  troubles: Troubles,
  routes: readonly string[],
  now: number,
): { readonly code: ErrorCode; readonly waitMs: number } | undefined {
  const waits = routes.flatMap((route) => {
    const { code, openUntil, trialUntil } = troubles.get(route) ?? CLOSED;
    if (code === undefined) return [];
    if (openUntil > now) return [{ code, waitMs: openUntil - now }];
    return trialUntil > now ? [{ code, waitMs: Math.min(TRIAL_MS, trialUntil - now) }] : [];
  });
  return waits.toSorted((one, other) => other.waitMs - one.waitMs)[0];
}

/** The code that one of these routes has answered everybody with lately; none while a piece of bulk work tries again. */
export function lately(troubles: Troubles, routes: readonly string[], now: number): ErrorCode | undefined {
  const route = routes.find((some) => (troubles.get(some)?.openUntil ?? 0) > now);
  return route === undefined ? undefined : troubles.get(route)?.code;
}

/** After a piece of bulk work was let through that calls these routes. */
export function afterAdmission(troubles: Troubles, routes: readonly string[], now: number): Troubles {
  const next = new Map(troubles);
  for (const route of routes) {
    const trouble = troubles.get(route);
    if (trouble !== undefined && trouble.openUntil > 0)
      next.set(route, { ...trouble, trialUntil: now + WAIT_MS });
  }
  return next;
}
