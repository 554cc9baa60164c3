import { expect, test } from '@jest/globals';
import { startWorker } from '../../tools/processes/worker.ts';
import { testWorld } from '../setup/worlds.ts';

/** What Temporal Cloud bills of a history: starts, activities with their retries, timers, signals, upserts. */
const BILLED = new Set([
  'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
  'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
  'EVENT_TYPE_TIMER_STARTED',
  'EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED',
  'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES',
  'EVENT_TYPE_MARKER_RECORDED',
  'EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED',
]);

test('a sign-up costs two billable actions, and no heartbeat', async () => {
  await using world = await testWorld();
  const worker = await startWorker(world.environment);
  // The first of a process pays for the admin guard, though in calls, not in actions.
  for (const name of ['first', 'second']) {
    const handle = await world.provision(await world.database.addUser({ email: `${name}@example.com` }));
    await handle.result();
    const { temporal } = await import('@temporalio/proto');
    const { events } = await handle.fetchHistory();
    const types = (events ?? []).map(
      ({ eventType }) => temporal.api.enums.v1.EventType[eventType ?? 0] ?? '',
    );
    expect(types.filter((type) => BILLED.has(type))).toEqual([
      'EVENT_TYPE_WORKFLOW_EXECUTION_STARTED',
      'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED',
    ]);
    const started = events?.find(
      ({ activityTaskStartedEventAttributes }) => activityTaskStartedEventAttributes,
    );
    expect(started?.activityTaskStartedEventAttributes?.attempt).toBe(1);
  }
  await worker.process.stop();
});
