import { lately } from './breakers.ts';
import type { Breakers } from './paced-librechat.ts';
import { PLANS } from './plans.ts';
import type { RateBudget, RotationBudget } from './ports.ts';
import { LIMITED_ROUTES } from './rules.ts';

/** Any of them keeps rotations from getting through, or says that LibreChat is not there. */
const ROUTES = LIMITED_ROUTES.filter((route) => route in PLANS.rotate);

/** What the fleet is told. */
export function createRotationBudget(
  budget: RateBudget,
  breakers: Breakers,
  now: () => number = Date.now,
): RotationBudget {
  return {
    admit: (want) => budget.promise(PLANS.rotate, want),
    trouble: () => lately(breakers.troubles, ROUTES, now()),
    trust() {
      breakers.troubles = new Map();
    },
  };
}
