import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../tools/parts/index.ts';
import { startTcpProxy, type TcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { spawnWorker, startWorker, type WorkerEnvironment } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { temporalAddress } from '../setup/parts.ts';
import { failedStart } from '../setup/worker-start.ts';
import { testWorld } from '../setup/worlds.ts';

/** What the worker logs while it waits. */
const WAITS = /"attempt":2.*does not answer yet/;

let world: World;
beforeAll(async () => {
  world = await testWorld();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Temporal or PostgreSQL behind a wire that is cut, and the environment of a worker that has it on its way. */
async function away(
  system: 'Temporal' | 'PostgreSQL',
): Promise<{ readonly wire: TcpProxy; readonly environment: WorkerEnvironment }> {
  const isTemporal = system === 'Temporal';
  const wire = await startTcpProxy(isTemporal ? `http://${temporalAddress()}` : world.database.workerUrl);
  wire.set('refuse');
  const changes = isTemporal ? { TEMPORAL_ADDRESS: new URL(wire.url).host } : { DATABASE_URL: wire.url };
  return { wire, environment: { ...world.environment, ...changes } };
}

const statusOf = async (url: string): Promise<number> => (await fetch(url)).status;

describe.each(['Temporal', 'PostgreSQL'] as const)('without %s', (system) => {
  test('the worker tries again and again, and exits with 1 when its patience ends', async () => {
    const { wire, environment } = await away(system);
    await using _wire = wire;
    const { code, lines, seconds } = await failedStart({ ...environment, CONNECT_TIMEOUT_SECONDS: '3' });
    expect(code).toBe(1);
    expect(lines.filter((line) => line.includes('does not answer yet')).length).toBeGreaterThanOrEqual(2);
    expect(lines.filter((line) => line.includes('"level":"fatal"'))).toHaveLength(1);
    expect(seconds).toBeLessThan(20);
  });

  test('the worker is alive but not ready, and polls as soon as it is there', async () => {
    const { wire, environment } = await away(system);
    await using _wire = wire;
    await using worker = await spawnWorker(environment);
    const starts = await worker.waitForLine(/"The worker starts"/);
    const { healthPort } = JSON.parse(starts) as { healthPort: number };
    await worker.waitForLine(WAITS);
    expect(await statusOf(`http://127.0.0.1:${healthPort}/healthz`)).toBe(200);
    expect(await statusOf(`http://127.0.0.1:${healthPort}/readyz`)).toBe(503);
    wire.set('pass');
    await worker.waitForLine(/"state":"RUNNING"/);
    expect(await statusOf(`http://127.0.0.1:${healthPort}/readyz`)).toBe(200);
  });

  test('a worker that is asked to end ends at once', async () => {
    const { wire, environment } = await away(system);
    await using _wire = wire;
    await using worker = await spawnWorker(environment);
    await worker.waitForLine(WAITS);
    expect(await worker.stop()).toEqual({ code: 0, signal: null });
    expect(worker.lastLines(1).join('')).toContain('stopped before it polled');
  });
});

test('without Redis the worker starts all the same, and provisions', async () => {
  const nobody = `redis://127.0.0.1:${await freePort()}`;
  await using worker = (await startWorker({ ...world.environment, REDIS_URL: nobody })).process;
  const handle = await world.provision(await world.database.addUser({ email: 'no-redis@example.com' }));
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  expect((await worker.stop()).code).toBe(0);
});
