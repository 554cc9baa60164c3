import { Context, log } from '@temporalio/activity';
import { callTemporal } from '../client/temporal/call.ts';
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

/** Rotations wait for it, and go without it (ms). */
const LIST_MS = 2_000;

/** So far back (ms): a fleet run comes every day, or at least every week. */
const LOOK_BACK_MS = 8 * 86_400_000;

/** Temporal knows the rotations that failed, by a search attribute. Without its answer, none is known to have. */
async function failedBefore(users: readonly string[]): Promise<readonly string[]> {
  const ids = new Map(users.map((user) => [accountWorkflowId(parseDjangoUserId(user)), user]));
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const query =
    `WorkflowType = 'rotateCredential' AND ExecutionStatus = 'Completed' AND CloseTime > '${since}' AND ` +
    `${SEARCH_ATTRIBUTES.reason.name} IS NOT NULL AND WorkflowId IN (${[...ids.keys()].map((id) => `'${id}'`).join(', ')})`;
  const { client } = Context.current();
  try {
    const failed = await callTemporal(client, LIST_MS, async () => {
      const found = new Set<string>();
      for await (const { workflowId } of client.workflow.list({ query }))
        found.add(ids.get(workflowId) ?? '');
      return found;
    });
    return users.filter((user) => failed.has(user));
  } catch {
    log.warn('Temporal does not say which rotations failed before');
    return [];
  }
}
