import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loginWithRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { addUser } from '../setup/user-in-world.ts';
import { openSweptWorld, type SweptWorld } from './setup.ts';

const BOUND_MS = 60_000;

let swept: SweptWorld;
beforeAll(async () => {
  swept = await openSweptWorld(1, { environment: { SCHEDULES: 'apply' } });
});
afterAll(async () => {
  await swept[Symbol.asyncDispose]();
});

test('a worker that starts makes the schedules', async () => {
  await swept.worker.process.waitForLine(/"The schedules are in force"/);
  const { client, taskQueue } = swept.world;
  const described = await client.schedule.getHandle(`${taskQueue}/schedule/reconcile`).describe();
  expect(described.action).toMatchObject({ workflowType: 'reconcileAccounts', taskQueue });
});

test('a sign-up whose start was lost is provisioned within a minute, by the schedule alone', async () => {
  const { world } = swept;
  // The sweep that the making of the schedule sets going would find it at once.
  const { client, taskQueue } = world;
  await eventually('the first sweep is over', async () => {
    const { info } = await client.schedule.getHandle(`${taskQueue}/schedule/reconcile`).describe();
    return info.recentActions.length > 0 && info.runningActions.length === 0;
  });
  const committedAt = performance.now();
  const user = await addUser(world, 'lost');
  await eventually(
    'the row is linked',
    async () => (await world.database.user(user.id)).librechat_synced_at !== null,
    BOUND_MS,
  );
  expect(performance.now() - committedAt).toBeLessThan(BOUND_MS);
  expect(await loginWithRow(world, user.id)).toBe('own account');
  expect(await user.handle.result()).toEqual({ outcome: 'provisioned' });
  const { memo, taskQueue: queue } = await user.handle.describe();
  expect({ reason: memo?.['reason'], queue }).toEqual({ reason: 'sign-up', queue: `${taskQueue}-fleet` });
});
