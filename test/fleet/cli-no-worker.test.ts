import { once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fleetWorkflowId } from '../../contract/ids.ts';
import { addLinkedUsers } from '../../tools/linked-users.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { runCli, startCli } from '../setup/cli.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
beforeAll(async () => {
  world = await testWorld();
  await addLinkedUsers(world, 3);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const environment = () => ({
  TEMPORAL_ADDRESS: world.environment['TEMPORAL_ADDRESS'],
  LIBRECHAT_TASK_QUEUE: world.taskQueue,
});
const cli = (...args: readonly string[]) => runCli(['fleet', ...args], environment());
const nobody = () =>
  expect.stringMatching(
    new RegExp(`^No worker answers on the task queue ${world.taskQueue}-fleet\\. Start one`),
  );

test('without a worker nothing can be counted, a run can be started, and both say that nobody answers', async () => {
  const counted = cli('start', '--dry-run');
  expect(await cli('start', '--no-watch', '--why', 'a test')).toMatchObject({ code: 0, out: 'Started.\n' });
  expect(await cli('status')).toEqual({ code: 1, out: '', notes: nobody() });
  expect(await cli('pause', '--why', 'not yet')).toMatchObject({ code: 0 });
  expect(await counted).toEqual({ code: 1, out: '', notes: nobody() });
});

test('a worker that stops is missed in the same way, and who watches sees what the next one does', async () => {
  const first = await startWorker(world.environment);
  expect(await cli('status', '--watch')).toMatchObject({ code: 1, notes: '' });
  await first.process.stop();
  expect(await cli('resume', '--why', 'go on')).toMatchObject({ code: 0 });
  const watching = startCli(['fleet', 'status', '--watch'], environment());
  const missed = once(watching.child.stderr, 'data');
  expect(await cli('status')).toEqual({ code: 1, out: '', notes: nobody() });
  await missed;
  const second = await startWorker(world.environment);
  const { code, out, notes } = await watching.result;
  await second.process.stop();
  expect({ code, notes }).toEqual({ code: 0, notes: nobody() });
  expect(notes.trim().split('\n')).toHaveLength(1);
  expect(out).toContain('The run has finished: 3 of 3 rotated');
});

test('a run that ended without a verdict is told by its status, and when that was', async () => {
  await cli('start', '--no-watch', '--why', 'a test');
  await world.client.workflow.getHandle(fleetWorkflowId(world.taskQueue)).terminate('a test');
  const { code, out } = await cli('status');
  expect(code).toBe(1);
  expect(out).toMatch(
    /^No fleet run is open\. The last one ended at \d{4}-\d\d-\d\dT[\d:.]+Z\.\nIt has no verdict \(TERMINATED\)\. /,
  );
});
