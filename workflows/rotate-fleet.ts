import { CancellationScope, defineQuery, defineSignal, log, setHandler } from '@temporalio/workflow';
import {
  FLEET_QUERIES,
  FLEET_SIGNALS,
  type FleetInput,
  type FleetProgress,
  type FleetRequest,
  type FleetVerdict,
  type ShardReport,
} from '../contract/fleet.ts';
import { isFleetRequest } from '../contract/fleet-request.ts';
import { Coordinator } from './fleet/coordinator.ts';
import { ownFleet } from './own-id.ts';
import { refusal } from './refusal.ts';

const pause = defineSignal<[why?: string]>(FLEET_SIGNALS.pause);
const resume = defineSignal(FLEET_SIGNALS.resume);
const abort = defineSignal(FLEET_SIGNALS.abort);
const replace = defineSignal<[FleetRequest]>(FLEET_SIGNALS.replace);
const report = defineSignal<[ShardReport]>(FLEET_SIGNALS.report);
const progress = defineQuery<FleetProgress>(FLEET_QUERIES.progress);

/**
 * Rotates the passwords of all users that are due, by shards. It pauses when its failure budget is used up, and then says
 * why and waits for an operator. Terminating it locks nobody out: rotations that are open end by themselves, and the next
 * run finds whoever is still due.
 *
 * @throws ApplicationFailure `ConfigurationInvalid` when the input is no request, or the workflow id is another
 */
export async function rotateFleet(input: FleetInput): Promise<FleetVerdict> {
  if (!isFleetRequest(input))
    throw refusal('ConfigurationInvalid', 'the input is no request of a fleet run, such as {"mode":"due"}');
  if (input.dryRun !== true) ownFleet();
  const coordinator = new Coordinator(input);
  setHandler(pause, (why) => coordinator.pause({ by: 'operator', ...(why === undefined ? {} : { why }) }), {
    description: 'Start no more rotations; takes the reason, as text',
  });
  setHandler(resume, () => coordinator.resume(), { description: 'Go on where it was paused' });
  setHandler(abort, () => coordinator.abort(), { description: 'Finish what is open, and end' });
  setHandler(
    replace,
    (request) => {
      if (isFleetRequest(request)) coordinator.replace(request);
      else log.warn('What is to take the place of this run is no request, and nothing is changed');
    },
    { description: 'Finish what is open, and go on with another request, such as {"mode":"incident"}' },
  );
  setHandler(report, (told) => coordinator.take(told));
  setHandler(progress, () => coordinator.progress);
  CancellationScope.current().cancelRequested.catch(() => coordinator.abort());
  return CancellationScope.nonCancellable(() => coordinator.run());
}
