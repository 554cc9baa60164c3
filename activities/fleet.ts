import { log } from '@temporalio/activity';
import type { FleetActivities } from '../contract/activities.ts';
import { parseDjangoUserId } from '../contract/ids.ts';
import { asActivity } from './failures.ts';
import { countInTable, isOverdue } from './fleet/due-users.ts';
import { failedBefore } from './fleet/failed-before.ts';
import { findDue } from './fleet/find-due.ts';
import type { FleetServices } from './fleet/services.ts';
import { withPulse } from './heartbeat.ts';

/** The steps of a fleet run, on the given systems. */
export function createFleetActivities(services: FleetServices): FleetActivities {
  const { fleetTable } = services;
  return {
    countDue: ({ plan, among }) =>
      asActivity(() =>
        withPulse(async (pulse) => {
          const due =
            among === undefined
              ? await countInTable(fleetTable, plan, () => pulse.assertHeld())
              : (await fleetTable.agesOf(among.map(parseDjangoUserId))).filter((row) => isOverdue(row, plan))
                  .length;
          return { due, unreadable: await fleetTable.countUnreadable() };
        }),
      ),
    findDue: (search) =>
      asActivity(async () => {
        const page = await findDue(services, failedBefore, search);
        if (page.drift > 0)
          log.warn('Rows had an old password again after their rotation', {
            code: 'Drift',
            rows: page.drift,
          });
        return page;
      }),
  };
}
