import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import type { ReconcileVerdict } from '../../contract/sweep.ts';
import { applyPlan } from '../../workers/schedules/apply.ts';
import { plan } from '../../workers/schedules/plan.ts';
import { schedulesOf } from '../../workers/schedules/table.ts';
import { openVault } from '../../tools/session-vault.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { addUser } from '../setup/user-in-world.ts';
import { sessionNamed } from '../suites/session-store.ts';
import { endAll, openSweptWorld, sweepOnce, type SweptWorld } from './setup.ts';

let swept: SweptWorld;
let world: World;
beforeAll(async () => {
  swept = await openSweptWorld(3);
  ({ world } = swept);
});
afterAll(async () => {
  await swept[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.database.owner.query('DELETE FROM users_user');
  await endAll(world);
});

/** Rows as an import writes them, `$` in the address standing for a number. */
async function importUsers(count: number, address: string): Promise<readonly string[]> {
  const { rows } = await world.database.owner.query<{ id: string }>(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
     SELECT '!', false, replace($2, '$', n::text), 'Ada', 'Lovelace', replace($2, '$', n::text), false, true, now()
     FROM generate_series(1, $1::int) AS n RETURNING id::text`,
    [count, address],
  );
  return rows.map(({ id }) => id);
}

const countRuns = async (condition: string): Promise<number> => {
  const queues = `TaskQueue IN ('${world.taskQueue}', '${world.taskQueue}-fleet')`;
  return (await world.client.workflow.count(`${queues} AND ${condition}`)).count;
};
const OPEN = `WorkflowType = 'provisionAccount' AND ExecutionStatus = 'Running'`;

/** Users whose provisioning waits for a correct address, and who were deactivated meanwhile. */
async function blockAndDeactivate(count: number): Promise<void> {
  await importUsers(count, 'leaver-$@localhost');
  await sweepOnce(world);
  const blocked = `${OPEN} AND LibreChatState = 'blocked'`;
  await eventually('all are blocked', async () => (await countRuns(blocked)) === count);
  await world.database.owner.query('UPDATE users_user SET is_active = false');
}

/** Sign-outs that were not finished, of users whom the table does not know any more. */
async function closeSessions(count: number): Promise<void> {
  await using vault = await openVault(world, swept.redisUrl);
  for (let user = 1; user <= count; user++) {
    const gone = parseDjangoUserId(String(1_000_000_000 + user));
    await vault.records.publish(gone, 0, sessionNamed('left'));
    await vault.records.close(gone);
  }
}

async function runIdsOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const runs = new Map<string, string>();
  const query = `${OPEN} AND TaskQueue = '${world.taskQueue}-fleet'`;
  for await (const { workflowId, runId } of world.client.workflow.list({ query }))
    runs.set(workflowId, runId);
  return new Map(
    ids.map((id) => accountWorkflowId(parseDjangoUserId(id))).map((id) => [id, runs.get(id) ?? 'none']),
  );
}

test('the largest sweep that there can be has a history of less than 2,000 events', async () => {
  await blockAndDeactivate(25);
  await closeSessions(70);
  await importUsers(300, 'new-$@example.com');
  await world.database.owner.query(
    `UPDATE users_user SET librechat_password_encrypted = 'gAAAAAB' || id, is_active = id % 3 <> 0
     WHERE id % 3 <> 1 AND email LIKE 'new-%'`,
  );
  await importUsers(300, 'doubtful-$@example.com');
  await world.database.override(
    `UPDATE users_user SET librechat_password_encrypted = 'gAAAAAB' || id, librechat_user_id = lpad(to_hex(id), 24, '0')
     WHERE email LIKE $1`,
    ['doubtful-%'],
  );
  const { verdict, workflowId } = await sweepOnce(world);
  const { provision, repair, suspend, close } = verdict.counts;
  // There was more of each.
  expect([provision, repair, suspend, close].map(({ started }) => started)).toEqual([150, 100, 60, 60]);
  expect(suspend.woken).toBe(20);
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  expect(events?.length).toBeLessThan(2_000);
});

test('at most 200 provisionings are open, unless the input of the sweep says otherwise', async () => {
  const { control } = world.standIn;
  await control.fault({ route: 'login', action: 'hold', times: null });
  await importUsers(300, 'waiting-$@example.com');
  const started: number[] = [];
  for (const open of [150, 200, 200]) {
    const { counts } = (await sweepOnce(world)).verdict;
    started.push(counts.provision.started);
    await eventually('all are listed', async () => (await countRuns(OPEN)) === open);
  }
  await control.clearFaults();
  await control.release();
  expect(started).toEqual([150, 50, 0]);
});

test('of 10,000 imported users never more are being provisioned at once than may be, and it goes on', async () => {
  const AT_ONCE = 20;
  const EVERY_MS = 2_000;
  const { client, taskQueue, standIn } = world;
  await standIn.control.fault({ route: 'register', action: 'delay', ms: 200, times: null });
  await importUsers(10_000, 'imported-$@example.com');
  const schedules = schedulesOf({ taskQueue, rotationPeriodDays: 30, sweepEveryMs: EVERY_MS })
    .filter(({ id }) => id.endsWith('/reconcile'))
    .map(({ settings, ...schedule }) => ({
      ...schedule,
      settings: { ...settings, args: [{ maxOpen: AT_ONCE }] },
    }));
  await applyPlan(client, schedules, plan(schedules, [], ''));
  const open: number[] = [];
  const provisioned = async (): Promise<number> => {
    const { rows } = await world.database.owner.query<{ count: string }>(
      `SELECT count(*) FROM users_user WHERE librechat_synced_at IS NOT NULL`,
    );
    return Number(rows[0]?.count);
  };
  await eventually(
    'three portions are through',
    async () => {
      open.push(await countRuns(`${OPEN} AND LibreChatState IS NULL`));
      await sleep(50);
      return (await provisioned()) >= 3 * AT_ONCE;
    },
    90_000,
  );
  const schedule = client.schedule.getHandle(schedules[0]?.id ?? '');
  const last = (await schedule.describe()).info.recentActions.at(-1)?.action.workflow.workflowId ?? '';
  await schedule.delete();
  const { events } = await client.workflow.getHandle(last).fetchHistory();
  const [before] = events?.[0]?.workflowExecutionStartedEventAttributes?.lastCompletionResult?.payloads ?? [];
  const { cursors } = JSON.parse(Buffer.from(before?.data ?? []).toString()) as ReconcileVerdict;
  expect(cursors.provision).not.toBeNull();
  expect(Math.max(...open)).toBeLessThanOrEqual(AT_ONCE);
  expect(Math.max(...open)).toBeGreaterThan(AT_ONCE / 2);
  const { rows } = await world.database.owner.query(
    `SELECT FROM users_user WHERE librechat_password_encrypted IS NULL`,
  );
  expect(rows.length).toBeGreaterThan(9_000);
});

test('a thousand blocked users at the front are left alone, and starve nobody behind them', async () => {
  const BLOCKED = 1_000;
  // No LibreChat takes such an address, so that a person has to correct it.
  const ids = await importUsers(BLOCKED, 'blocked-$@localhost');
  for (let sweep = 0; (await countRuns(OPEN)) < BLOCKED; sweep++) {
    expect(sweep).toBeLessThan(20);
    await sweepOnce(world, { maxOpen: BLOCKED });
    await eventually(
      'the portion is blocked',
      async () => (await countRuns(`${OPEN} AND LibreChatState IS NULL`)) === 0,
    );
  }
  // Between two runs of one that is tried again none is listed, for a moment.
  let before: ReadonlyMap<string, string> = new Map();
  await eventually('all are listed', async () => {
    before = await runIdsOf(ids);
    return ![...before.values()].includes('none');
  });
  const late = await addUser(world, 'behind-them');
  const { verdict, workflowId } = await sweepOnce(world);
  const { open, busy, ...others } = verdict.counts.provision;
  expect(others).toEqual({ started: 1, waiting: 0 });
  expect(open + busy).toBe(BLOCKED);
  expect(await late.handle.result()).toEqual({ outcome: 'provisioned' });
  // First attempts are a minute apart: whoever was due meanwhile has a new run for that, and no sweep started it.
  const after = await runIdsOf(ids);
  const changed = [...before].filter(([id, run]) => after.get(id) !== run).map(([id]) => id);
  for (const id of changed) {
    const { events } = await world.client.workflow.getHandle(id).fetchHistory();
    expect(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId).not.toBe('');
  }
  const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
  expect(events?.filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes)).toHaveLength(
    1 + busy,
  );
});
