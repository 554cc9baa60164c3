import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fleetTaskQueue } from '../../contract/ids.ts';
import type { FleetVerdict } from '../../contract/fleet.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import { lockedOut, openFleetGround, reach, withoutPasswords, type FleetGround } from './setup.ts';

const USERS = 2_000;
const KILLS = 10;
/** Of a run; Temporal advises to stay below 4,096. */
const MOST_EVENTS = 2_000;
/** For what hangs: it takes two minutes by itself, and twice that on a busy machine. */
const LONGEST_MS = 900_000;

let ground: FleetGround;
let verdict: FleetVerdict;

interface Run {
  readonly workflowId: string;
  readonly type: string;
  readonly status: string;
  readonly events: number;
}

async function runsOfTheFleet(): Promise<readonly Run[]> {
  const query = `TaskQueue = '${fleetTaskQueue(ground.world.taskQueue)}' AND WorkflowType IN ('rotateFleet', 'rotateShard')`;
  const runs: Run[] = [];
  for await (const { workflowId, type, status, historyLength } of ground.world.client.workflow.list({
    query,
  }))
    runs.push({ workflowId, type, status: status.name, events: historyLength });
  return runs;
}

beforeAll(async () => {
  ground = await openFleetGround(USERS);
  await ground.fleet.start({ mode: 'due' });
  for (let kill = 1; kill <= KILLS; kill++) {
    await reach(ground, Math.floor((kill * USERS) / (KILLS + 1)));
    await ground.worker.process.kill();
    ground.worker = await startWorker(ground.world.environment);
  }
  verdict = await ground.verdict();
}, LONGEST_MS);

afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

describe(`a fleet run over ${USERS} users, whose worker is killed ${KILLS} times on the way`, () => {
  test('rotates every one of them, by its own count', () => {
    expect(verdict).toMatchObject({
      outcome: 'finished',
      due: USERS,
      busyCount: 0,
      tally: { failed: {}, lost: 0 },
    });
    expect(verdict.tally.rotated + verdict.tally.passedOver).toBe(USERS);
  });

  test('gives every account exactly one new password, and none two', async () => {
    expect(await withoutPasswords(ground, 2)).toEqual([]);
    expect(await ground.rotated()).toBe(USERS);
  });

  test('locks nobody out', async () => {
    expect(await lockedOut(ground)).toEqual([]);
  });

  test('lets its eight shards continue as new at least 20 times, and no run has 2,000 events', async () => {
    const runs = await runsOfTheFleet();
    const shards = runs.filter(({ type }) => type === 'rotateShard');
    expect(new Set(shards.map(({ workflowId }) => workflowId)).size).toBe(8);
    expect(shards.filter(({ status }) => status === 'CONTINUED_AS_NEW').length).toBeGreaterThanOrEqual(20);
    expect(Math.max(...runs.map(({ events }) => events))).toBeLessThan(MOST_EVENTS);
  });
});
