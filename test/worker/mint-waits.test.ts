import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTcpProxy, type TcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

/** The fifth wait: 0.5, 1, 2, 4, 8 s. */
const WAIT_SECONDS = 8;

let world: World;
let postgres: TcpProxy;
let worker: WorkerProcess;
beforeAll(async () => {
  world = await testWorld();
  postgres = await startTcpProxy(world.database.workerUrl);
  worker = await startWorker({ ...world.environment, DATABASE_URL: postgres.url });
});
afterAll(async () => {
  await worker.process.stop();
  await postgres[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

test('a rotation that waits for PostgreSQL before its mint leaves few events behind, and goes on by itself', async () => {
  const user = await addProvisioned(world, 'waits-for-postgres');
  const startedEvents = async () => (await user.handle.fetchHistory()).events ?? [];
  postgres.set('refuse');
  await user.rotate({ reason: 'manual', waitMs: 0 });
  await eventually('it waits by a timer, which costs nothing', async () =>
    (await startedEvents()).some(
      ({ timerStartedEventAttributes: timer }) => Number(timer?.startToFireTimeout?.seconds) === WAIT_SECONDS,
    ),
  );
  const events = await startedEvents();
  // Three for the start, then for each wait a marker, a timer and a task. An open task would leave three every 4 s.
  expect(events.length).toBeLessThanOrEqual(3 + 6 * 2);
  postgres.set('pass');
  expect(await user.handle.result()).toEqual({ outcome: 'rotated' });
});
