import { expect, test } from '@jest/globals';
import { startWorker } from '../../tools/processes/worker.ts';
import { testWorld } from '../setup/worlds.ts';

/** What Temporal Cloud bills of a history: starts, activities with their retries, timers, signals, upserts, markers. */
const BILLED = [
  'workflowExecutionStartedEventAttributes',
  'activityTaskScheduledEventAttributes',
  'timerStartedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
  'markerRecordedEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
] as const;

test('a sign-up costs two billable actions, and no heartbeat', async () => {
  await using world = await testWorld();
  const worker = await startWorker(world.environment);
  // The first of a process pays for the admin guard, though in calls, not in actions.
  for (const name of ['first', 'second']) {
    const handle = await world.provision(await world.database.addUser({ email: `${name}@example.com` }));
    await handle.result();
    const { events } = await handle.fetchHistory();
    const billed = events?.flatMap((event) => BILLED.filter((attributes) => event[attributes] != null));
    expect(billed).toEqual([
      'workflowExecutionStartedEventAttributes',
      'activityTaskScheduledEventAttributes',
    ]);
    const started = events?.find(
      ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes,
    );
    expect(started?.activityTaskStartedEventAttributes?.attempt).toBe(1);
  }
  await worker.process.stop();
});
