import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { bundleFixture, type TestBundle } from '../setup/bundle.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import { testWorld } from '../setup/worlds.ts';

const MISTAKES = ['plain Error', 'TypeError', 'after a wait'] as const;

let bundle: TestBundle;
let world: World;
let worker: WorkerProcess;
const failed: { readonly id: string; readonly handle: WorkflowHandle }[] = [];

beforeAll(async () => {
  [world, bundle] = await Promise.all([testWorld(), bundleFixture('throwing')]);
  worker = await startWorker({ ...world.environment, WORKFLOW_BUNDLE: bundle.path });
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
  await bundle[Symbol.asyncDispose]();
});

/** The failure that ended the run; waits for ever where it is held. */
async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
  if (error instanceof WorkflowFailedError && error.cause instanceof ApplicationFailure) return error.cause;
  throw new Error('The run did not fail', { cause: error });
}

describe('a mistake in a workflow', () => {
  test.each(MISTAKES)('(%s) fails the run, and names neither a file nor a line', async (mistake) => {
    const id = await world.database.addUser({ email: `mistake-${failed.length}@example.com` });
    const handle = await world.client.workflow.start('provisionAccount', {
      workflowId: accountWorkflowId(parseDjangoUserId(id)),
      taskQueue: world.taskQueue,
      args: [{ djangoUserId: id, mistake }],
    });
    failed.push({ id, handle });
    const failure = await failureOf(handle);
    expect(failure.type).toBe(mistake === 'TypeError' ? 'TypeError' : 'Error');
    const histories = await readHistories(world.client, handle.workflowId);
    expect(histories).toHaveLength(1);
    const texts = histories.flatMap(({ raw, payloads }) => [raw, ...payloads]);
    // It is the right history: what was thrown is in it.
    expect(canariesFound([failure.message], texts)).toEqual([failure.message]);
    expect(canariesFound([process.cwd(), 'throwing.ts', 'provisionAccount (', '    at '], texts)).toEqual([]);
  });

  test('does not hold the id: a good worker provisions the same users', async () => {
    await worker.process.stop();
    worker = await startWorker(world.environment);
    expect(failed).toHaveLength(MISTAKES.length);
    for (const { id } of failed)
      expect(await (await world.provision(id)).result()).toEqual({ outcome: 'provisioned' });
  });
});
