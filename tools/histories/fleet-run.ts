import { type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { rotateCredential } from '../../client/temporal/index.ts';
import { FLEET_SIGNALS, type FleetProgress, type FleetRequest } from '../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { addLinkedUsers, type LinkedUser } from '../linked-users.ts';
import { waitUntil } from '../parts/index.ts';
import type { World } from '../world.ts';

export const LONGEST_WAIT_MS = 120_000;

export type Run = WorkflowHandleWithFirstExecutionRunId;

export const fleetId = ({ taskQueue }: World): string => fleetWorkflowId(taskQueue);

export async function start(world: World, request: FleetRequest, workflowId = fleetId(world)): Promise<Run> {
  const { client, taskQueue } = world;
  return client.workflow.start('rotateFleet', {
    workflowId,
    taskQueue: fleetTaskQueue(taskQueue),
    args: [request],
    memo: { reason: 'manual', requestedAt: new Date().toISOString() },
  });
}

export const listOf = (users: readonly LinkedUser[]): FleetRequest => ({
  mode: 'list',
  djangoUserIds: users.map(({ id }) => id),
});

export const paused = (run: Run): Promise<void> =>
  waitUntil(
    'it is paused',
    async () => (await run.query<FleetProgress>('progress')).state === 'paused',
    LONGEST_WAIT_MS,
  );

/** A call of a user's rotation waits at LibreChat, so that the run is open for as long as it has to be. */
export async function hold({ standIn }: World, user: LinkedUser | undefined) {
  const address = user?.address ?? '';
  const place = { route: 'resetPassword', at: 'before', address };
  const before = await standIn.control.lastEvent();
  await standIn.control.fault({ ...place, action: 'hold' });
  return {
    held: () => standIn.control.held(place, before),
    release: () => standIn.control.release({ address }),
  };
}

let runs = 0;

/** Runs over some users, who may not have been rotated in this second, and does something while one of them is held. */
export async function inMidRun(
  world: World,
  play: (run: Run, release: () => Promise<void>, users: readonly LinkedUser[]) => Promise<void>,
): Promise<void> {
  const users = await addLinkedUsers(world, 6, { prefix: `recorded-run-${++runs}` });
  const last = await hold(world, users.at(-1));
  const run = await start(world, listOf(users));
  await last.held();
  await play(run, last.release, users);
}

/** Lets a run trip over LibreChat's settings, put right before it is resumed, and waits for its end. */
export async function trip(world: World, prefix: string): Promise<Run> {
  const users = await addLinkedUsers(world, 40, { prefix });
  await world.standIn.control.settings({ allowPasswordReset: false });
  const run = await start(world, listOf(users));
  await paused(run);
  await world.standIn.control.settings({ allowPasswordReset: true });
  // A success ends the trouble for the runs after this one, too.
  const { client, taskQueue } = world;
  await rotateCredential(client, parseDjangoUserId(users[0]?.id), { reason: 'manual', taskQueue });
  await run.signal(FLEET_SIGNALS.resume);
  await run.result();
  return run;
}
