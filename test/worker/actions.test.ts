import { expect, test } from '@jest/globals';
import { billedActions } from '../../tools/billed-actions.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import { testWorld } from '../setup/worlds.ts';

test('a sign-up costs two billable actions, and no heartbeat', async () => {
  await using world = await testWorld();
  const worker = await startWorker(world.environment);
  // The first of a process pays for the admin guard, though in calls, not in actions.
  for (const name of ['first', 'second']) {
    const handle = await world.provision(await world.database.addUser({ email: `${name}@example.com` }));
    await handle.result();
    expect(billedActions(await handle.fetchHistory())).toEqual([
      'workflowExecutionStartedEventAttributes',
      'activityTaskScheduledEventAttributes',
    ]);
  }
  await worker.process.stop();
});
