import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { reconcileWorkflowId } from '../../contract/ids.ts';
import { applyPlan } from '../../workers/schedules/apply.ts';
import { plan } from '../../workers/schedules/plan.ts';
import { schedulesOf } from '../../workers/schedules/table.ts';
import { startTemporal } from '../../tools/parts/index.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import { openWorld } from '../../tools/world.ts';
import { testGround } from '../chaos/ground.ts';
import { openTemporalSlot, sweptTrial } from '../chaos/temporal-trial.ts';
import { eventually } from '../setup/eventually.ts';
import { postgresUrl, redisUrl } from '../setup/parts.ts';

const LONGEST_MS = 240_000;
const WIPES = 2;
const EVERY_MS = 2_000;
const AWAY_MS = 10_000;

/** When a run should have begun, as Temporal adds it to its id, when it did, and when it ended (ms). */
interface Firing {
  readonly dueAt: number;
  readonly beganAt: number;
  readonly endedAt: number;
}

describe('when Temporal', () => {
  test.concurrent.each(Array.from({ length: WIPES }, (_, index) => index + 1))(
    'is wiped in mid-rotation, the worker and the sweep heal it by themselves (%i)',
    async () => {
      await using own = await openTemporalSlot(testGround(), { swept: true });
      const { problems, closedMs } = await sweptTrial(own);
      expect(problems).toEqual([]);
      expect(closedMs).toBeLessThan(90_000);
    },
    LONGEST_MS,
  );

  test.concurrent(
    `is away for ${AWAY_MS / EVERY_MS} firings, one of them is made up for`,
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'hestami-sweep-'));
      {
        await using temporal = await startTemporal({ own: true, dbFile: join(folder, 'temporal.db') });
        const parts = { temporalAddress: temporal.address, postgresUrl: postgresUrl(), redisUrl: redisUrl() };
        await using world = await openWorld(parts, { standInFlags: { 'bcrypt-cost': 4 } });
        const ownRedis = new URL(redisUrl());
        ownRedis.pathname = '/4';
        await using _ = (await startWorker({ ...world.environment, REDIS_URL: ownRedis.toString() })).process;
        const { client, taskQueue } = world;
        const [reconcile] = schedulesOf({ taskQueue, rotationPeriodDays: 30, sweepEveryMs: EVERY_MS });
        if (reconcile === undefined) throw new Error('There is no schedule');
        await applyPlan(client, [reconcile], plan([reconcile], [], ''));
        const firings = async (): Promise<readonly Firing[]> => {
          const runs: Firing[] = [];
          const query = `WorkflowType = 'reconcileAccounts' AND ExecutionStatus = 'Completed'`;
          for await (const { workflowId, startTime, closeTime } of client.workflow.list({ query })) {
            const due = workflowId.replace(`${reconcileWorkflowId(taskQueue)}-`, '');
            const endedAt = closeTime?.getTime() ?? Number.POSITIVE_INFINITY;
            runs.push({ dueAt: Date.parse(due), beganAt: startTime.getTime(), endedAt });
          }
          return runs;
        };
        await eventually('it fires', async () => (await firings()).length >= 2);
        await temporal.stop();
        await sleep(AWAY_MS);
        const backAt = Date.now();
        await temporal.restart();
        const dueAfter = async (time: number): Promise<number> =>
          (await firings()).filter(({ dueAt }) => dueAt > time).length;
        await eventually('it goes on', async () => (await dueAfter(backAt + EVERY_MS)) >= 2, 60_000);
        // It may be one that was due while Temporal stopped.
        const all = await firings();
        const late = all.filter(({ dueAt, beganAt }) => dueAt < backAt && beganAt >= backAt);
        // While one from before was still open when Temporal came back, none is started.
        const wasOpen = all.some(({ beganAt, endedAt }) => beganAt < backAt && endedAt >= backAt);
        expect(wasOpen ? [0, 1] : [1]).toContain(late.length);
      }
      await rm(folder, { recursive: true });
    },
    LONGEST_MS,
  );
});
