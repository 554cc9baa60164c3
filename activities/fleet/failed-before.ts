import { Context, log } from '@temporalio/activity';
import { callTemporal } from '../../client/temporal/call.ts';
import { quoted } from '../../client/temporal/visibility.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';

/** Rotations wait this long for it, then start without it (ms). */
const LIST_MS = 2_000;

/** How far to look back (ms), if Temporal keeps closed runs that long: a fleet run comes every day, or at least every week. */
export const LOOK_BACK_MS = 8 * 86_400_000;

/**
 * Those of the users whose last rotations failed. Temporal knows them, by a search attribute that such a run leaves behind.
 * Without its answer, nobody is known to have failed.
 */
export async function failedBefore(users: readonly string[]): Promise<readonly string[]> {
  if (users.length === 0) return [];
  const ids = new Map(users.map((user) => [accountWorkflowId(parseDjangoUserId(user)), user]));
  const since = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  const query =
    `WorkflowType = 'rotateCredential' AND ExecutionStatus = 'Completed' AND CloseTime > '${since}' AND ` +
    `${SEARCH_ATTRIBUTES.reason.name} IS NOT NULL AND WorkflowId IN (${quoted([...ids.keys()])})`;
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
