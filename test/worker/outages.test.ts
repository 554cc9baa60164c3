import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { startTcpProxy, type ProxyMode, type TcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { redisUrl } from '../setup/parts.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;
const wires: Record<'postgres' | 'redis' | 'libreChat', TcpProxy> = {} as never;

beforeAll(async () => {
  world = await testWorld();
  wires.postgres = await startTcpProxy(world.database.workerUrl);
  wires.redis = await startTcpProxy(redisUrl());
  wires.libreChat = await startTcpProxy(world.standIn.url);
  worker = await startWorker({
    ...world.environment,
    DATABASE_URL: wires.postgres.url,
    REDIS_URL: wires.redis.url,
    LIBRECHAT_API_URL: wires.libreChat.url,
  });
});
afterAll(async () => {
  await worker.process.stop();
  for (const wire of Object.values(wires)) await wire[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** The type of the failure that the open attempt ended with last. */
async function lastFailure(handle: WorkflowHandle): Promise<string | undefined> {
  const { raw } = await handle.describe();
  return raw.pendingActivities?.[0]?.lastFailure?.applicationFailureInfo?.type ?? undefined;
}

describe.each<ProxyMode>(['refuse', 'stall'])('while a system is away (%s)', (mode) => {
  test.each([
    ['postgres', 'DatabaseUnavailable'],
    ['libreChat', 'UpstreamUnavailable'],
  ] as const)('%s makes the attempt wait with %s, and nothing is lost', async (system, code) => {
    const id = await world.database.addUser({ email: `${system}-${mode}@example.com` });
    wires[system].set(mode);
    const handle = await world.provision(id);
    await eventually(`the attempt failed with ${code}`, async () => (await lastFailure(handle)) === code);
    wires[system].set('pass');
    expect(await handle.result()).toEqual({ outcome: 'provisioned' });
    expect(await loginWithRow(world, id)).toBe('own account');
  });

  test('redis does not keep a user from being provisioned, and leaves no session open at LibreChat', async () => {
    const address = `redis-${mode}@example.com`;
    const id = await world.database.addUser({ email: address });
    wires.redis.set(mode);
    try {
      expect(await (await world.provision(id)).result()).toEqual({ outcome: 'provisioned' });
    } finally {
      wires.redis.set('pass');
    }
    expect(await world.standIn.control.account(address)).toMatchObject({ sessions: 0, registrations: 1 });
  });
});

test('a LibreChat without its database is waited for: 30 s of silence prove nothing', async () => {
  const { control } = world.standIn;
  const id = await world.database.addUser({ email: 'silence@example.com' });
  await control.settings({ databaseLost: true, databaseSilenceMs: 300 });
  const handle = await world.provision(id);
  await eventually('the attempt failed', async () => (await lastFailure(handle)) === 'UpstreamUnavailable');
  await control.settings({ databaseLost: false });
  expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  expect(await control.account('silence@example.com')).toMatchObject({
    registrations: 1,
    distinctPasswords: 1,
  });
});

test('a limit of LibreChat is waited for as long as it says', async () => {
  const { control } = world.standIn;
  const id = await world.database.addUser({ email: 'limited@example.com' });
  await control.fault({ route: 'login', action: 'status', status: 429, address: 'limited@example.com' });
  const handle = await world.provision(id);
  await eventually('the attempt waits', async () => (await lastFailure(handle)) === 'RateLimited');
  const { raw } = await handle.describe();
  const [attempt] = raw.pendingActivities ?? [];
  expect(Number(attempt?.currentRetryInterval?.seconds)).toBeGreaterThanOrEqual(60);
  await handle.terminate('end of test');
});
