import { Context, log } from '@temporalio/activity';
import type { FleetActivities } from '../contract/activities.ts';
import { parseDjangoUserId, accountWorkflowId } from '../contract/ids.ts';
import { SEARCH_ATTRIBUTES } from '../contract/messages.ts';
import { asActivity } from './failures.ts';
import { countInTable, isOverdue } from './fleet/due-users.ts';
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

/** So far back (ms): a fleet run comes every day, or at least every week. */
const LOOK_BACK_MS = 8 * 86_400_000;

/** Temporal knows the rotations that failed, by a search attribute. Without its answer, none is known to have. */
async function failedBefore(users: readonly string[]): Promise<readonly string[]> {
  const ids = new Map(users.map((user) => [accountWorkflowId(parseDjangoUserId(user)), user]));
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const query =
    `WorkflowType = 'rotateCredential' AND ExecutionStatus = 'Completed' AND CloseTime > '${since}' AND ` +
    `${SEARCH_ATTRIBUTES.reason.name} IS NOT NULL AND WorkflowId IN (${[...ids.keys()].map((id) => `'${id}'`).join(', ')})`;
  const failed = new Set<string>();
  try {
    for await (const { workflowId } of Context.current().client.workflow.list({ query }))
      failed.add(ids.get(workflowId) ?? '');
  } catch {
    log.warn('Temporal does not say which rotations failed before');
  }
  return users.filter((user) => failed.has(user));
}
