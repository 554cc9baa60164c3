import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { startTcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker, type WorkerEnvironment } from '../../tools/processes/worker.ts';
import type { ManagedProcess } from '../../tools/parts/index.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { temporalAddress } from '../setup/parts.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
beforeAll(async () => {
  world = await testWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

describe('a worker that runs', () => {
  test.each(['refuse', 'stall'] as const)(
    'is ready while Temporal answers, and alive without (%s)',
    async (mode) => {
      await using wire = await startTcpProxy(`http://${temporalAddress()}`);
      const environment = { ...world.environment, TEMPORAL_ADDRESS: new URL(wire.url).host };
      const { healthUrl, process: worker } = await startWorker(environment);
      await using _worker = worker;
      expect(await statusOf(`${healthUrl}/readyz`)).toBe(200);
      wire.set(mode);
      await eventually('it is not ready', async () => (await statusOf(`${healthUrl}/readyz`)) === 503);
      expect(await statusOf(`${healthUrl}/healthz`)).toBe(200);
      wire.set('pass');
      await eventually('it is ready again', async () => (await statusOf(`${healthUrl}/readyz`)) === 200);
      expect(await statusOf(`${healthUrl}/anything-else`)).toBe(404);
    },
  );

  test('finishes the step that it is at when it is asked to end, and exits with 0', async () => {
    const { control } = world.standIn;
    const { worker, handle, id } = await heldAt('drained@example.com', {});
    const stopped = worker.stop();
    await worker.waitForLine(/"state":"DRAINING"/);
    await control.release({ address: 'drained@example.com' });
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(worker.lastLines(1).join('')).toContain('The worker has drained');
    expect((await world.database.user(id)).librechat_synced_at).not.toBeNull();
    // Only the verdict is left to the next one: no step is taken twice.
    const next = (await startWorker(world.environment)).process;
    expect(await handle.result()).toEqual({ outcome: 'provisioned' });
    expect(await attemptsOf(handle)).toEqual([1]);
    await next.stop();
  });

  test('does not outlive its grace for a step that does not end, and loses nothing', async () => {
    const { worker, handle } = await heldAt('stuck@example.com', { SHUTDOWN_GRACE_SECONDS: '1' });
    const begin = performance.now();
    expect(await worker.stop()).toEqual({ code: 1, signal: null });
    // 1 s of grace, and the 3 s that the README promises; the step would take 8 s.
    expect(performance.now() - begin).toBeLessThan(7_000);
    expect(worker.lastLines().join('\n')).toContain('GracefulShutdownPeriodExpiredError');
    expect(worker.lastLines(1).join('')).toContain('"level":"fatal"');
    await world.standIn.control.release({ address: 'stuck@example.com' });
    const next = (await startWorker(world.environment)).process;
    expect(await handle.result()).toEqual({ outcome: 'provisioned' });
    await next.stop();
  });
});

/** A worker whose one step waits for an answer of LibreChat. */
async function heldAt(
  address: string,
  changes: WorkerEnvironment,
): Promise<{ readonly worker: ManagedProcess; readonly handle: WorkflowHandle; readonly id: string }> {
  const { control } = world.standIn;
  const { process: worker } = await startWorker({ ...world.environment, ...changes });
  await control.fault({ route: 'login', at: 'answer', action: 'hold', address });
  const id = await world.database.addUser({ email: address });
  const handle = await world.provision(id);
  await control.held({ route: 'login', at: 'answer', address });
  return { worker, handle, id };
}

/** Which attempt of each step it was that ended it. */
async function attemptsOf(handle: WorkflowHandle): Promise<readonly number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? []).flatMap(({ activityTaskStartedEventAttributes: started }) =>
    started ? [started.attempt ?? 0] : [],
  );
}
