import { describe, expect, test } from '@jest/globals';
import { FLEET_SIGNALS, SHARD_SIGNALS, type FleetStart } from '../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId, shardWorkflowId } from '../../contract/ids.ts';
import { windowOf } from '../../workflows/fleet/plan.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import { drained, lockedOut, openFleetGround, reach, withoutPasswords, type FleetGround } from './setup.ts';

const SHARDS = 8;

/** Rotations that the shards have begun after they were told to pause. */
async function begunAfterPause({ world }: FleetGround): Promise<number> {
  const fleetId = fleetWorkflowId(world.taskQueue);
  let begun = 0;
  for (let shard = 0; shard < SHARDS; shard++) {
    const { events } = await world.client.workflow.getHandle(shardWorkflowId(fleetId, shard)).fetchHistory();
    const told = (events ?? []).findIndex(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName === SHARD_SIGNALS.pause,
    );
    if (told === -1) throw new Error(`Shard ${shard} was not told`);
    begun += (events ?? [])
      .slice(told)
      .filter((event) => event.startChildWorkflowExecutionInitiatedEventAttributes != null).length;
  }
  return begun;
}

/** As somebody may in Temporal's UI, past the CLI. */
const byHand = ({ world: { client, taskQueue } }: FleetGround, workflowId: string, request: object) =>
  client.workflow.execute('rotateFleet', {
    workflowId,
    taskQueue: fleetTaskQueue(taskQueue),
    args: [request],
  });

describe('an operator who steers a fleet run', () => {
  test('pauses it within one window, and it goes on where it was', async () => {
    await using ground = await openFleetGround(180);
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 40);
    const atTheSignal = await ground.rotated();
    await ground.fleet.signal('pause', 'LibreChat is being updated');
    expect((await ground.paused()).paused).toEqual({ by: 'operator', why: 'LibreChat is being updated' });
    await drained(ground, 1 + SHARDS);
    expect(await begunAfterPause(ground)).toBe(0);
    const afterPause = await ground.rotated();
    // What was open at the signal, and as many again until it had reached the shards.
    expect(afterPause - atTheSignal).toBeLessThanOrEqual(2 * SHARDS * windowOf(SHARDS));
    const progress = await ground.fleet.progress();
    expect(progress).toMatchObject({ state: 'paused', due: 180, tally: { rotated: afterPause } });
    await ground.fleet.signal('resume');
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', tally: { rotated: 180 } });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
  });

  test('aborts it, and no child is left open', async () => {
    await using ground = await openFleetGround(90);
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 20);
    await ground.fleet.signal('abort');
    const { outcome, tally } = await ground.verdict();
    expect(outcome).toBe('aborted');
    await drained(ground, 0);
    expect(await ground.rotated()).toBe(tally.rotated);
    expect(tally.rotated).toBeLessThan(90);
    expect(await lockedOut(ground)).toEqual([]);
  });

  test('aborts it while it counts who is due, and does not have to wait for the end of that', async () => {
    await using ground = await openFleetGround(3);
    const lock = await holdLock(ground.world.database, 'table');
    await ground.fleet.start({ mode: 'due' });
    await lock.waitedFor();
    await ground.fleet.signal('abort');
    expect(await ground.verdict()).toMatchObject({ outcome: 'aborted', due: 0 });
    await lock.release();
    expect(await ground.rotated()).toBe(0);
  });

  test('cancels it in Temporal, which is the same', async () => {
    await using ground = await openFleetGround(90);
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 20);
    await ground.handle.cancel();
    expect(await ground.verdict()).toMatchObject({ outcome: 'aborted' });
    await drained(ground, 0);
    expect(await lockedOut(ground)).toEqual([]);
  });

  test('terminates its coordinator: nobody is locked out, and the next run finishes it', async () => {
    await using ground = await openFleetGround(90);
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 20);
    await ground.handle.terminate('a test');
    // At once: the shards and rotations of the first one are still there.
    expect(await ground.fleet.start({ mode: 'due' })).toBe('started');
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', tally: { failed: {}, lost: 0 } });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
    expect(await lockedOut(ground)).toEqual([]);
  });

  test('replaces it by an incident, which rotates all, also those who were not due, and after an abort too', async () => {
    const young = (index: number): Date => new Date(Date.now() - (index < 60 ? 90 : 1) * 86_400_000);
    await using ground = await openFleetGround(90, { mintedAt: young });
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 15);
    await ground.fleet.signal('abort');
    expect(await ground.fleet.signal('replace', { mode: 'incident' })).toBe(true);
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', due: 90, tally: { rotated: 90 } });
    expect(await lockedOut(ground)).toEqual([]);
  });
});

describe('two fleet runs', () => {
  test('of which one is the schedule’s: one of them runs, whoever was first', async () => {
    await using ground = await openFleetGround(60);
    const { client, taskQueue } = ground.world;
    const start = (firing: number) =>
      client.workflow.execute<(request: { mode: string }) => Promise<FleetStart>>('startFleet', {
        workflowId: `${taskQueue}/rotate-fleet-${firing}`,
        taskQueue: fleetTaskQueue(taskQueue),
        args: [{ mode: 'due' }],
      });
    expect(await start(1)).toEqual({ outcome: 'started' });
    expect(await start(2)).toEqual({ outcome: 'busy' });
    expect(await ground.fleet.start({ mode: 'incident' })).toBe('busy');
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', tally: { rotated: 60 } });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
  });

  test('cannot be made of what is no request, nor replaced by it', async () => {
    await using ground = await openFleetGround(3);
    const { taskQueue } = ground.world;
    const lock = await holdLock(ground.world.database, 'table');
    await ground.fleet.start({ mode: 'due', periodDays: 1_000 });
    await lock.waitedFor();
    await ground.handle.signal(FLEET_SIGNALS.replace, { mode: 'Incident' });
    await lock.release();
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', mode: 'due', due: 0 });
    const misspelt = byHand(ground, fleetWorkflowId(taskQueue), { mode: 'Due' });
    await expect(misspelt).rejects.toMatchObject({ cause: { type: 'ConfigurationInvalid' } });
    expect(await ground.rotated()).toBe(0);
  });

  test('cannot be made by another workflow id', async () => {
    await using ground = await openFleetGround(1);
    const other = byHand(ground, `${fleetWorkflowId(ground.world.taskQueue)}-of-mine`, { mode: 'due' });
    await expect(other).rejects.toMatchObject({ cause: { type: 'ConfigurationInvalid' } });
    expect(await ground.rotated()).toBe(0);
  });
});
