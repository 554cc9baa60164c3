import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { readHistories } from '../setup/histories.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

const attribute = (description: WorkflowExecutionDescription, name: string): unknown =>
  description.typedSearchAttributes.getAll().find(({ key }) => key.name === name)?.value;

const nextAttemptOf = (description: WorkflowExecutionDescription): number =>
  (attribute(description, SEARCH_ATTRIBUTES.nextAttempt.name) as Date).getTime();

async function blockedAs(handle: WorkflowHandle, code: string): Promise<WorkflowExecutionDescription> {
  await eventually(`it is blocked as ${code}`, async () => {
    return attribute(await handle.describe(), SEARCH_ATTRIBUTES.reason.name) === code;
  });
  return handle.describe();
}

const setEmail = (id: string, email: string): Promise<unknown> =>
  world.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, email]);

test('two addresses that differ only in case block both users, each naming the other, until one is corrected', async () => {
  const first = await world.database.addUser({ email: 'grace@example.com' });
  const second = await world.database.addUser({ email: 'Grace@Example.com ' });
  const handles = [await world.provision(first), await world.provision(second)] as const;
  for (const [handle, other] of [
    [handles[0], second],
    [handles[1], first],
  ] as const) {
    const description = await blockedAs(handle, 'AccountConflict');
    expect(attribute(description, SEARCH_ATTRIBUTES.state.name)).toBe('blocked');
    const nextAttempt = attribute(description, SEARCH_ATTRIBUTES.nextAttempt.name) as Date;
    expect(nextAttempt.getTime()).toBeGreaterThan(Date.now());
    const [history] = await readHistories(world.client, handle.workflowId);
    expect(history?.raw).toContain(`the address is also that of user ${other}`);
  }
  await setEmail(second, 'grace.two@example.com');
  await handles[1].signal('changed');
  expect(await handles[1].result()).toEqual({ outcome: 'provisioned' });
  await handles[0].signal('retryNow');
  expect(await handles[0].result()).toEqual({ outcome: 'provisioned' });
  expect(await world.standIn.control.account('grace@example.com')).toMatchObject({ registrations: 1 });
  const description = await handles[0].describe();
  for (const { name } of Object.values(SEARCH_ATTRIBUTES))
    expect(attribute(description, name)).toBeUndefined();
});

test('of two rows with one address the linked one keeps it', async () => {
  const owner = await world.database.addUser({ email: 'owner@example.com' });
  await (await world.provision(owner)).result();
  const late = await world.database.addUser({ email: 'OWNER@example.com' });
  const handle = await world.provision(late);
  await blockedAs(handle, 'AccountConflict');
  const [history] = await readHistories(world.client, handle.workflowId);
  expect(history?.raw).toContain(`user ${owner} (which has the account)`);
  await handle.terminate('end of test');
});

test('a blocked user has one open workflow, whoever starts it again', async () => {
  const id = await world.database.addUser({ email: 'nobody@localhost' });
  const handle = await world.provision(id);
  await blockedAs(handle, 'AddressRefused');
  const before = await handle.describe();
  const joined = await world.provision(id);
  expect((await joined.describe()).runId).toBe(before.runId);
  await handle.terminate('end of test');
});

test('a blocked workflow says why and when without a live worker, and goes on when one is back', async () => {
  const id = await world.database.addUser({ email: '' });
  const handle = await world.provision(id);
  await blockedAs(handle, 'AddressRefused');
  await worker.process.stop();
  expect(attribute(await handle.describe(), SEARCH_ATTRIBUTES.reason.name)).toBe('AddressRefused');
  await setEmail(id, 'late@example.com');
  await handle.signal('changed');
  worker = await startWorker(world.environment);
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
});

test('a wait ends in a new run, so that no history grows with the attempts', async () => {
  const id = await world.database.addUser({ email: 'stays@localhost' });
  const handle = await world.provision(id);
  await blockedAs(handle, 'AddressRefused');
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = await handle.describe();
    await handle.signal('retryNow');
    await eventually('the next run is blocked too', async () => {
      return nextAttemptOf(await handle.describe()) > nextAttemptOf(before);
    });
  }
  await eventually('all runs are listed', async () => {
    return (await readHistories(world.client, handle.workflowId)).length === 4;
  });
  const sizes = (await readHistories(world.client, handle.workflowId)).map(({ raw }) => raw.length);
  expect(Math.max(...sizes)).toBeLessThan(2 * Math.min(...sizes));
  await handle.terminate('end of test');
});

test('the current details tell an operator what to do', async () => {
  const id = await world.database.addUser({ email: 'reads@localhost' });
  const handle = await world.provision(id);
  await blockedAs(handle, 'AddressRefused');
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain('Blocked: AddressRefused');
  expect(metadata.currentDetails).toContain('Correct the address in Django');
  await handle.terminate('end of test');
});
