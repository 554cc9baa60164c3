import { createClient } from 'redis';
import { createLibreChatClient, fromNodeRedis, type LibreChatClient } from '../../client/index.ts';
import type { SessionMaterial } from '../../client/session-record/index.ts';
import { startWorker, type WorkerEnvironment, type WorkerProcess } from '../../tools/processes/worker.ts';
import { openVault as openSessionVault, type Vault } from '../../tools/session-vault.ts';
import type { World } from '../../tools/world.ts';
import { Secret } from '../../contract/secret.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { redisUrl } from '../setup/parts.ts';
import { testWorld } from '../setup/worlds.ts';

export type { Vault };

/** A BFF as it stands beside a world: its own Redis client, the client library, and nothing of the worker's. */
export interface Bff extends AsyncDisposable {
  readonly chat: LibreChatClient;
  /** What it was told of refreshes in the background. */
  readonly backgroundErrors: readonly unknown[];
}

/** Starts a BFF. `overrides` puts other addresses in the place of the real ones. */
export async function startBff(
  world: World,
  overrides: { readonly redisUrl?: string; readonly temporalAddress?: string } = {},
): Promise<Bff> {
  const redis = createClient({
    url: overrides.redisUrl ?? redisUrl(),
    disableOfflineQueue: true,
    socket: { reconnectStrategy: 100 },
  });
  redis.on('error', () => undefined);
  await redis.connect();
  const backgroundErrors: unknown[] = [];
  const chat = createLibreChatClient({
    temporal: overrides.temporalAddress === undefined ? world.client : { address: overrides.temporalAddress },
    redis: fromNodeRedis(redis),
    sessionKey: world.keys.session,
    taskQueue: world.taskQueue,
    onBackgroundError: (error) => backgroundErrors.push(error),
  });
  return {
    chat,
    backgroundErrors,
    async [Symbol.asyncDispose]() {
      await chat.close();
      redis.destroy();
    },
  };
}

/** A world with a worker, a BFF, and a look at the session records. */
export interface Ground extends AsyncDisposable {
  readonly world: World;
  readonly worker: WorkerProcess;
  readonly bff: Bff;
  readonly vault: Vault;
}

/** @param environment for a worker that is not like the others */
export async function openGround(environment: WorkerEnvironment = {}): Promise<Ground> {
  const world = await testWorld();
  const worker = await startWorker({ ...world.environment, ...environment });
  const bff = await startBff(world);
  const vault = await openVault(world);
  return {
    world,
    worker,
    bff,
    vault,
    async [Symbol.asyncDispose]() {
      await vault[Symbol.asyncDispose]();
      await bff[Symbol.asyncDispose]();
      await worker.process.stop();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** The session records of a world. */
export const openVault = (world: World): Promise<Vault> => openSessionVault(world, redisUrl());

/** Opens another session of the user at LibreChat, without any code of the product: its refresh token. */
export async function logInElsewhere(
  world: World,
  id: string,
  address: string,
): Promise<{ readonly refreshToken: Secret }> {
  const response = await fetch(`${world.standIn.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: address, password: await passwordInRow(world, id) }),
  });
  await response.arrayBuffer();
  const token = /refreshToken=([^;]+)/.exec(response.headers.getSetCookie().join('\n'))?.[1];
  if (token === undefined) throw new Error(`the login was answered ${response.status}`);
  return { refreshToken: new Secret(token) };
}

/** Ends a session at LibreChat behind our back: its refresh token is dead then. */
export async function endAtLibreChat(
  world: World,
  { accessToken, refreshToken }: SessionMaterial,
): Promise<void> {
  const response = await fetch(`${world.standIn.url}/api/auth/logout`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${accessToken.reveal()}`,
      cookie: `refreshToken=${refreshToken.reveal()}; token_provider=librechat`,
    },
  });
  if (!response.ok) throw new Error(`the logout was answered ${response.status}`);
  await response.arrayBuffer();
}

/** What LibreChat says to a refresh token, without any code of the product. Uses it up. */
export async function refreshAtLibreChat(
  world: World,
  { refreshToken }: Pick<SessionMaterial, 'refreshToken'>,
): Promise<number> {
  const response = await fetch(`${world.standIn.url}/api/auth/refresh`, {
    method: 'POST',
    headers: { cookie: `refreshToken=${refreshToken.reveal()}` },
  });
  await response.arrayBuffer();
  return response.status;
}
