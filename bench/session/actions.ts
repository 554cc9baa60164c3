import type { WorkflowExecutionInfo } from '@temporalio/client';
import { fromNodeRedis } from '../../client/index.ts';
import { sessionWorkflowId, type DjangoUserId } from '../../contract/ids.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { waitUntil } from '../../tools/parts/index.ts';
import type { World } from '../../tools/world.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { EXPIRED_MS, openSessionSetting, PATIENCE_MS } from './setting.ts';

/** Users whose session one BFF refreshes, and as many others whose session all BFFs want at once. */
const USERS = { quick: 3, full: 20 } as const;
const BFFS = 20;

/** What Temporal Cloud bills for a refresh, and for each BFF that joins one. */
export async function measureActions(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openSessionSetting(context, { 'bcrypt-cost': 4 });
  const { world, vault, redis, openChat, addUsers } = setting;
  const count = USERS[quick ? 'quick' : 'full'];
  const alone = await addUsers(count);
  const together = await addUsers(count);
  // Within one BFF callers share a refresh without Temporal.
  const bffs = Array.from({ length: BFFS }, () => openChat(fromNodeRedis(redis)));
  const refresh = async (user: DjangoUserId, chats: typeof bffs): Promise<void> => {
    await vault.age(user, EXPIRED_MS);
    await Promise.all(chats.map((chat) => chat.session(user, { waitMs: PATIENCE_MS })));
  };
  log(`Refreshing ${count} sessions for one BFF, and ${count} for ${BFFS} at once`);
  for (const user of together) await refresh(user, bffs);
  for (const user of alone) await refresh(user, bffs.slice(0, 1));
  const billed = await billedByUser(world, [...alone, ...together]);
  const total = (users: readonly DjangoUserId[]): number =>
    users.reduce((sum, user) => sum + (billed.get(sessionWorkflowId(user)) ?? 0), 0);
  const perJoiner = (total(together) - total(alone)) / (count * (BFFS - 1));
  return {
    rows: [{ label: 'billed for a BFF that joins a refresh', value: perJoiner, unit: 'actions' }],
    figures: { actions_per_refresh: total(alone) / count },
  };
}

/** Of all refreshes in the world, by workflow id. */
async function billedByUser(
  world: World,
  users: readonly DjangoUserId[],
): Promise<ReadonlyMap<string, number>> {
  const hasAll = async (): Promise<boolean> => {
    const ids = (await refreshes(world)).map(({ workflowId }) => workflowId);
    return new Set(ids).size >= users.length;
  };
  // A run is listed a moment after its start, and those that were started earlier are listed earlier.
  await waitUntil('the list of refreshes', hasAll, PATIENCE_MS);
  const billed = new Map<string, number>();
  for (const { workflowId, runId } of await refreshes(world)) {
    const history = await world.client.workflow.getHandle(workflowId, runId).fetchHistory();
    billed.set(workflowId, (billed.get(workflowId) ?? 0) + billedActions(history).length);
  }
  return billed;
}

type Run = Pick<WorkflowExecutionInfo, 'workflowId' | 'runId'>;

async function refreshes({ client, taskQueue }: World): Promise<readonly Run[]> {
  const runs: Run[] = [];
  const query = `TaskQueue = "${taskQueue}" AND WorkflowType = "refreshSession"`;
  for await (const run of client.workflow.list({ query })) runs.push(run);
  return runs;
}
