import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { layWire, type Wire } from '../chaos/wire.ts';
import { redisUrl, temporalAddress } from '../setup/parts.ts';
import { addProvisioned, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';
import { openVault, startBff, type Bff, type Vault } from './setup.ts';

/** A user with a session, and a worker that lives on wires and is about to be stopped. */
export interface Scene extends AsyncDisposable {
  readonly world: World;
  readonly wires: Readonly<Record<'temporal' | 'redis', Wire>>;
  readonly bff: Bff;
  readonly vault: Vault;
  readonly user: UserInWorld;
  /** The one that stands still. */
  readonly sleeper: WorkerProcess;
  /** Starts the one that goes on in its place, on no wire. */
  startOther(): Promise<void>;
  /** What the workers have logged. */
  logs(): readonly string[];
}

/** Compiled code of the workers, so that a start costs less. */
const compileCache = mkdtempSync(join(tmpdir(), 'hestami-compiled-'));

let users = 0;

export async function openScene(): Promise<Scene> {
  const world = await testWorld();
  const wires = {
    temporal: await layWire(`http://${temporalAddress()}`),
    redis: await layWire(redisUrl()),
  };
  const environment = { ...world.environment, NODE_COMPILE_CACHE: compileCache };
  const sleeper = await startWorker({
    ...environment,
    TEMPORAL_ADDRESS: wires.temporal.address,
    REDIS_URL: wires.redis.url,
    // With room for more it would swallow the next attempts too, which nobody does before they have timed out.
    MAX_CONCURRENT_ACTIVITIES: '1',
  });
  let other: WorkerProcess | undefined;
  const user = await addProvisioned(world, `canary-${process.pid}-${++users}`);
  const [bff, vault] = await Promise.all([startBff(world), openVault(world)]);
  return {
    world,
    wires,
    bff,
    vault,
    user,
    sleeper,
    async startOther() {
      other = await startWorker(environment);
    },
    logs: () => [...sleeper.log, ...(other?.log ?? [])],
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([sleeper.process.kill(), other?.process.stop()]);
      await vault[Symbol.asyncDispose]();
      await bff[Symbol.asyncDispose]();
      for (const wire of Object.values(wires)) await wire[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
    },
  };
}
