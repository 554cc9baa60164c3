import { fleetWorkflowId, interactiveTaskQueue } from '../contract/ids.ts';
import { log, workflowInfo } from '@temporalio/workflow';
import type { FleetRequest, FleetStart } from '../contract/fleet.ts';
import { startUnlessOpen } from './children.ts';

/**
 * What the schedule starts: the fleet run has a fixed id, so that there is at most one, whoever started it. A schedule adds
 * the time to the id of what it starts, and would not see a run that was started by hand.
 */
export async function startFleet(request: FleetRequest): Promise<FleetStart> {
  const fleetId = fleetWorkflowId(interactiveTaskQueue(workflowInfo().taskQueue));
  const started = await startUnlessOpen('rotateFleet', fleetId, request, { reason: 'scheduled' });
  if (started === undefined) log.warn('A fleet run is open still: this firing starts none', { fleetId });
  return { outcome: started === undefined ? 'busy' : 'started' };
}
