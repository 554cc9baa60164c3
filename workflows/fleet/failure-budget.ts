import { ERRORS } from '../../contract/error-table.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { BudgetState, FleetPause, Tally } from '../../contract/fleet.ts';
import { codesOf, ended } from '../../contract/tally.ts';

/** A run that never failed, or has just been resumed. */
export const FRESH_BUDGET: BudgetState = { systemInARow: 0, ended: 0, userFailures: 0 };

/** How many failures by a system's code, with no success between them, show that everybody else would fail too. */
const SYSTEM_IN_A_ROW = 5;
/** If more than this share of the users cannot be rotated, that is no coincidence … */
const USER_SHARE = 0.02;
/** … once so many have been tried. */
const USERS_TRIED = 200;

/** What the budget knows after a shard has reported its newest tally. */
export function observed(budget: BudgetState, before: Tally, after: Tally): BudgetState {
  const more = codesOf(after.failed).flatMap(([code, count]) =>
    count > (before.failed[code] ?? 0) ? [{ code, count: count - (before.failed[code] ?? 0) }] : [],
  );
  const lost = after.lost - before.lost;
  const system = more.filter(({ code }) => ERRORS[code].scope === 'system');
  const user = more.filter(({ code }) => ERRORS[code].scope === 'user');
  const succeeded = after.rotated + after.passedOver > before.rotated + before.passedOver;
  return {
    systemInARow: (succeeded ? 0 : budget.systemInARow) + lost + sum(system),
    ended: budget.ended + ended(after) - ended(before),
    userFailures: budget.userFailures + sum(user) - (after.failedBefore - before.failedBefore),
    // A rotation that ends without a verdict was lost.
    ...lastOf('lastSystemCode', lost > 0 ? 'AttemptLost' : system.at(-1)?.code, budget),
    ...lastOf('lastUserCode', user.at(-1)?.code, budget),
  };
}

type Counted = readonly { readonly code: ErrorCode; readonly count: number }[];
const sum = (some: Counted): number => some.reduce((total, { count }) => total + count, 0);

function lastOf(
  name: 'lastSystemCode' | 'lastUserCode',
  code: ErrorCode | undefined,
  known: BudgetState,
): Partial<BudgetState> {
  const last = code ?? known[name];
  return last === undefined ? {} : { [name]: last };
}

/**
 * Whether the run is to pause: at once when the system fails, but not because single users cannot be rotated, such as those
 * who changed their address. Users who failed lately as well do not count.
 */
export function tripped(budget: BudgetState): FleetPause | undefined {
  const { systemInARow, ended: tried, userFailures, lastSystemCode, lastUserCode } = budget;
  if (systemInARow >= SYSTEM_IN_A_ROW) return pauseBy('system', lastSystemCode);
  if (tried >= USERS_TRIED && userFailures > USER_SHARE * tried) return pauseBy('users', lastUserCode);
  return undefined;
}

const pauseBy = (by: FleetPause['by'], code: ErrorCode | undefined): FleetPause =>
  code === undefined ? { by } : { by, code };

/** Whether an error that LibreChat answers everybody with needs a human; what passes by itself is only waited for. */
export const wantsOperator = (code: ErrorCode): boolean =>
  ERRORS[code].kind === 'terminal' || code === 'Unrecognized';
