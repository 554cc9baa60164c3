import { Context } from '@temporalio/activity';
import type { SweepActivities } from '../contract/activities.ts';
import type { FoundWork } from '../contract/reconcile.ts';
import { asActivity } from './failures.ts';
import { withPulse } from './heartbeat.ts';
import { findWork } from './reconcile/find-work.ts';
import type { SweepServices } from './reconcile/ports.ts';
import { createRunIndex } from './reconcile/temporal-runs.ts';

/** The step of the sweep, on the given systems. */
export function createReconcileActivities(services: SweepServices): SweepActivities {
  return {
    findWork: (input) =>
      asActivity(() =>
        withPulse<never, FoundWork>((pulse) =>
          findWork(services, createRunIndex(Context.current().client, input.taskQueues), input, {
            now: Date.now(),
            assertHeld: () => pulse.assertHeld(),
          }),
        ),
      ),
  };
}
