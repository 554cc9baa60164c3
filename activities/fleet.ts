import { log } from '@temporalio/activity';
import type { FleetActivities } from '../contract/activities.ts';
import { asActivity } from './failures.ts';
import { countDue } from './fleet/count-due.ts';
import { failedBefore } from './fleet/failed-before.ts';
import { findDue } from './fleet/find-due.ts';
import type { FleetServices } from './fleet/services.ts';
import { withHeartbeat } from './heartbeat.ts';

/** The steps of a fleet run, on the given systems. */
export function createFleetActivities(services: FleetServices): FleetActivities {
  return {
    countDue: (question) =>
      asActivity(() =>
        withHeartbeat((attempt) =>
          countDue(services.fleetTable, { ...question, now: Date.now() / 1_000 }, () => attempt.assertHeld()),
        ),
      ),
    findDue: (search) =>
      asActivity(() =>
        withHeartbeat(async () => {
          const page = await findDue(services, failedBefore, { ...search, now: Date.now() / 1_000 });
          if (page.drift > 0)
            log.warn('Rows had an old password again after their rotation', {
              code: 'Drift',
              rows: page.drift,
            });
          return page;
        }),
      ),
  };
}
