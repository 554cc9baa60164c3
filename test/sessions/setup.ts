import { createClient } from 'redis';
import { createLibreChatClient, fromNodeRedis, type LibreChatClient } from '../../client/index.ts';
import {
  parseKeyRing,
  recordKeys,
  sealRecord,
  type SessionMaterial,
  type SessionRecords,
} from '../../client/session-record/index.ts';
import { createSessionStore } from '../../activities/adapters/session-store.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import type { World } from '../../tools/world.ts';
import { redisUrl } from '../setup/parts.ts';

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

/** The session records with all keys, as only the worker has them. */
export interface Vault extends AsyncDisposable {
  readonly records: SessionRecords;
  /** The published session of a user. */
  session(user: DjangoUserId): Promise<SessionMaterial>;
  /**
   * Makes time pass: the session is in Redis as if it had been published 15 minutes before its access token's new end.
   *
   * @param leftMs what is left of the access token, negative when it has expired
   */
  age(user: DjangoUserId, leftMs: number, changes?: Partial<SessionMaterial>): Promise<void>;
}

/** Of an access token, at LibreChat's default (ms). */
const TOKEN_LIFE_MS = 900_000;

export async function openVault(world: World): Promise<Vault> {
  const redis = await createClient({ url: redisUrl() }).connect();
  const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(world.keys.session));
  const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(world.keys.refresh));
  const store = createSessionStore({ url: new Secret(redisUrl()), sessionKeys, refreshKeys });
  const session = async (user: DjangoUserId): Promise<SessionMaterial> => {
    const stored = await store.read(user);
    if (stored === null || stored === 'unreadable') throw new Error(`user ${user} has no session`);
    return stored.session;
  };
  return {
    records: store.records,
    session,
    async age(user, leftMs, changes = {}) {
      const expiresAt = Date.now() + leftMs;
      const epoch = expiresAt - TOKEN_LIFE_MS;
      const aged = { ...(await session(user)), expiresAt, ...changes };
      const keys = recordKeys(user);
      await redis.set(keys.session, sealRecord(user, epoch, aged, { sessionKeys, refreshKeys }));
      await redis.set(keys.epoch, String(epoch));
    },
    async [Symbol.asyncDispose]() {
      await store.disconnect();
      await redis.close();
    },
  };
}

/** What LibreChat says to a refresh token, without any code of the product. */
export async function refreshAtLibreChat(world: World, { refreshToken }: SessionMaterial): Promise<number> {
  const response = await fetch(`${world.standIn.url}/api/auth/refresh`, {
    method: 'POST',
    headers: { cookie: `refreshToken=${refreshToken.reveal()}` },
  });
  await response.arrayBuffer();
  return response.status;
}
