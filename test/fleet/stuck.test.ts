import { describe, expect, test } from '@jest/globals';
import { shardOf } from '../../contract/due.ts';
import { SHARD_SIGNALS } from '../../contract/fleet.ts';
import { fleetWorkflowId, shardWorkflowId } from '../../contract/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { drained, lockedOut, openFleetGround, reach, withoutPasswords, type FleetGround } from './setup.ts';

describe('a shard of a fleet run', () => {
  /** Everybody but the last one is rotated, whose calls LibreChat answers with this. */
  async function withOneStuck(fault: { action: string; status?: number }): Promise<FleetGround> {
    const ground = await openFleetGround(40);
    const { control } = ground.world.standIn;
    await control.fault({
      route: 'requestPasswordReset',
      times: null,
      address: ground.users.at(-1)?.address ?? '',
      ...fault,
    });
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 39);
    return ground;
  }

  test('that waits for long goes on as a new run, and loses nobody', async () => {
    await using ground = await withOneStuck({ action: 'status', status: 500 });
    const { client, taskQueue } = ground.world;
    const stuck = ground.users.at(-1)?.id ?? '';
    const shards = [0, 1].map((shard) =>
      client.workflow.getHandle(shardWorkflowId(fleetWorkflowId(taskQueue), shard)),
    );
    const shard = shards[shardOf(stuck, 2)];
    if (shard === undefined) throw new Error('There is no such shard');
    const { runId } = await shard.describe();
    while ((await shard.describe()).historyLength < 1_300 && (await shard.describe()).runId === runId)
      for (let sent = 0; sent < 50; sent++) await shard.signal(SHARD_SIGNALS.resume, 0);
    await ground.world.standIn.control.clearFaults();
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', tally: { failed: {} } });
    expect((await client.workflow.getHandle(shard.workflowId, runId).describe()).status.name).toBe(
      'CONTINUED_AS_NEW',
    );
    expect(await withoutPasswords(ground, 2)).toEqual([]);
  });

  test('does not wait for ever for one user whom LibreChat answers with an error: others are not held up', async () => {
    await using ground = await withOneStuck({ action: 'status', status: 500 });
    await eventually(
      'the user counts as busy',
      async () => (await ground.fleet.progress())?.busy === 1,
      120_000,
    );
    await ground.fleet.signal('abort');
    expect(await ground.verdict()).toMatchObject({
      outcome: 'aborted',
      tally: { rotated: 39 },
      busy: [ground.users.at(-1)?.id],
    });
    await ground.world.standIn.control.clearFaults();
    await drained(ground, 0);
    expect(await lockedOut(ground)).toEqual([]);
  });
});
