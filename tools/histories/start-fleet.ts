import { fleetTaskQueue, fleetWorkflowId } from '../../contract/ids.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

/** Plays every course that `startFleet` can take, and records its runs. */
export async function recordFleetStarts({ client, taskQueue }: World, recorder: Recorder): Promise<void> {
  for (const name of ['started', 'busy']) {
    const run = await client.workflow.start('startFleet', {
      workflowId: `${taskQueue}/rotate-fleet-${name}`,
      taskQueue: fleetTaskQueue(taskQueue),
      args: [{ mode: 'incident' }],
    });
    await run.result();
    await recorder.record(name, run.workflowId, run.firstExecutionRunId);
  }
  await client.workflow.getHandle(fleetWorkflowId(taskQueue)).result();
}
