import { ERRORS, type ErrorCode } from '../../contract/errors.ts';
import type { BudgetState, FleetPause, Tally } from '../../contract/fleet.ts';
import { codesOf, ended } from '../../contract/tally.ts';

/** A run that never failed, or has just been resumed. */
export const FRESH_BUDGET: BudgetState = { systemInARow: 0, attempts: 0, userFailures: 0 };

/** So many failures by a system's code, and no success between them: everybody else would fail too. */
const SYSTEM_IN_A_ROW = 5;
/** More users than this share who cannot be rotated are no coincidence … */
const USER_SHARE = 0.02;
/** … once so many have been tried. */
const USER_ATTEMPTS = 200;

/** What the budget knows after a shard has told its newest tally. */
export function observed(budget: BudgetState, before: Tally, after: Tally): BudgetState {
  const attempts = ended(after) - ended(before);
  let system = after.aborted - before.aborted;
  let user = before.failedBefore - after.failedBefore;
  let { lastCode } = budget;
  for (const [code, count] of codesOf(after.failed)) {
    const more = count - (before.failed[code] ?? 0);
    if (more === 0) continue;
    lastCode = code;
    if (ERRORS[code].scope === 'system') system += more;
    else user += more;
  }
  const succeeded = after.rotated + after.passedOver - before.rotated - before.passedOver > 0;
  return {
    systemInARow: system + (succeeded ? 0 : budget.systemInARow),
    attempts: budget.attempts + attempts,
    userFailures: budget.userFailures + user,
    ...(lastCode === undefined ? {} : { lastCode }),
  };
}

/**
 * Whether the run is to pause: at once when the system fails, but not because single users cannot be rotated, such as those
 * who changed their address. Who failed in the last run as well does not count.
 */
export function tripped({
  systemInARow,
  attempts,
  userFailures,
  lastCode,
}: BudgetState): FleetPause | undefined {
  const code = lastCode === undefined ? {} : { code: lastCode };
  if (systemInARow >= SYSTEM_IN_A_ROW) return { by: 'system', ...code };
  if (attempts >= USER_ATTEMPTS && userFailures > USER_SHARE * attempts) return { by: 'users', ...code };
  return undefined;
}

/** Whether trouble that LibreChat has with everything wants a human; what passes by itself is only waited for. */
export const wantsOperator = (code: ErrorCode): boolean =>
  ERRORS[code].kind === 'terminal' || code === 'Unrecognized';
