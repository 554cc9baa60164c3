import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { createSessionStore, type RedisSessionStore } from '../../activities/adapters/session-store.ts';
import { parseKeyRing, type SessionKeyRing } from '../../client/session-record/index.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import type { RotateReason, RotateVerdict } from '../../contract/messages.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';
import { Secret } from '../../contract/secret.ts';
import { freePort, type ManagedProcess } from '../../tools/parts/index.ts';
import { startStandInProcess, UNLIMITED } from '../../tools/processes/stand-in.ts';
import { startWorker, type WorkerEnvironment, type WorkerProcess } from '../../tools/processes/worker.ts';
import { openWorld, type PartAddresses, type World } from '../../tools/world.ts';
import { layWire, type Wire } from './wire.ts';

/** Where a trial gets what it needs. */
export interface Ground {
  readonly parts: PartAddresses;
  /** LibreChat's is 10; 4 makes a trial cost nearly nothing but its worker. */
  readonly bcryptCost: number;
  /** Compiled code of the worker, so that a start costs less. */
  readonly compileCache: string;
}

/** A user with an account and a session, about to be rotated. */
export interface Subject {
  readonly id: string;
  readonly address: string;
}

/** Room for one trial at a time: a database, a queue, a LibreChat and wires of its own, and a worker that polls. */
export interface Slot extends AsyncDisposable {
  readonly world: World;
  readonly wires: Readonly<Record<'temporal' | 'postgres' | 'redis' | 'libreChat', Wire>>;
  /** For a worker that lives on the wires. */
  readonly environment: WorkerEnvironment;
  readonly sessions: RedisSessionStore;
  readonly sessionKeys: SessionKeyRing;
  readonly refreshKeys: SessionKeyRing;
  /** The one that the next trial does its worst to. */
  worker: WorkerProcess;
  standIn: ManagedProcess;
  /** Puts LibreChat back, with its data, on its ports. */
  restartStandIn(): Promise<void>;
}

/** Makes a slot, with a worker. */
export async function openSlot(
  { parts, bcryptCost, compileCache }: Ground,
  changes: WorkerEnvironment = {},
): Promise<Slot> {
  const folder = await mkdtemp(join(tmpdir(), 'hestami-chaos-'));
  const flags = {
    ...UNLIMITED,
    'bcrypt-cost': bcryptCost,
    snapshot: join(folder, 'librechat.json'),
    port: await freePort(),
    'control-port': await freePort(),
  };
  const world = await openWorld(parts, { standInFlags: flags });
  const wires = {
    temporal: await layWire(`http://${parts.temporalAddress}`),
    postgres: await layWire(world.database.workerUrl),
    redis: await layWire(parts.redisUrl),
    libreChat: await layWire(world.standIn.url),
  };
  const environment = {
    ...world.environment,
    TEMPORAL_ADDRESS: wires.temporal.address,
    DATABASE_URL: wires.postgres.url,
    REDIS_URL: wires.redis.url,
    LIBRECHAT_API_URL: new URL(wires.libreChat.url).origin,
    NODE_COMPILE_CACHE: compileCache,
    ...changes,
  };
  const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(world.keys.session));
  const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(world.keys.refresh));
  const sessions = createSessionStore({ url: new Secret(parts.redisUrl), sessionKeys, refreshKeys });
  const slot: Slot = {
    world,
    wires,
    environment,
    sessions,
    sessionKeys,
    refreshKeys,
    worker: await startWorker(environment),
    standIn: world.standIn.process,
    async restartStandIn() {
      slot.standIn = (await startStandInProcess(flags)).process;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([slot.worker.process.kill(), slot.standIn.stop(), sessions.disconnect()]);
      for (const wire of Object.values(wires)) await wire[Symbol.asyncDispose]();
      await world[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return slot;
}

let users = 0;

/** Adds a user, and waits until there is an account and a session record. */
export async function provisionSubject({ world }: Slot): Promise<Subject> {
  const address = `canary-${process.pid}-${++users}@example.com`;
  const id = await world.database.addUser({ email: address });
  const verdict: unknown = await (await world.provision(id)).result();
  if (JSON.stringify(verdict) !== '{"outcome":"provisioned"}')
    throw new Error(`The user was not provisioned: ${JSON.stringify(verdict)}`);
  return { id, address };
}

/** A rotation that was started. */
export type Rotation = WorkflowHandle<() => Promise<RotateVerdict>>;

/** Starts a rotation as its callers do. */
export function rotate(
  { client, taskQueue }: Pick<World, 'client' | 'taskQueue'>,
  { id }: Subject,
  reason: RotateReason = 'manual',
): Promise<Rotation> {
  return client.workflow.start<() => Promise<RotateVerdict>>('rotateCredential', {
    workflowId: accountWorkflowId(parseDjangoUserId(id)),
    taskQueue,
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
    args: [{ djangoUserId: id, reason }] as never,
    memo: { reason, requestedAt: new Date().toISOString() },
  });
}
