import { Context } from '@temporalio/activity';
import type { SweepActivities } from '../contract/activities.ts';
import type { FoundWork } from '../contract/sweep.ts';
import { asActivity } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { findWork } from './sweep/find-work.ts';
import type { SweepServices } from './sweep/services.ts';
import { createRunIndex } from './sweep/temporal-runs.ts';

/** The step of the sweep, on the given systems. */
export function createSweepActivities(services: SweepServices): SweepActivities {
  return {
    findWork: (input) =>
      asActivity(() =>
        withHeartbeat<never, FoundWork>((attempt) =>
          findWork(services, createRunIndex(Context.current().client, input.taskQueues), input, {
            now: Date.now(),
            assertHeld: () => attempt.assertHeld(),
          }),
        ),
      ),
  };
}
