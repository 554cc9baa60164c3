import { createClient } from 'redis';
import { createSessionStore } from '../activities/adapters/session-store.ts';
import {
  parseKeyRing,
  recordKeys,
  sealRecord,
  type SessionMaterial,
  type SessionRecords,
} from '../client/session-record/index.ts';
import type { DjangoUserId } from '../contract/ids.ts';
import { Secret } from '../contract/secret.ts';
import type { World } from './world.ts';

/** The session records with all keys, as only the worker has them. */
export interface Vault extends AsyncDisposable {
  /** For whoever looks at the keys themselves. */
  readonly redis: Awaited<ReturnType<typeof connectTo>>;
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

/** Opens the session records of a world. */
export async function openVault({ keys }: Pick<World, 'keys'>, redisUrl: string): Promise<Vault> {
  const redis = await connectTo(redisUrl);
  const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(keys.session));
  const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(keys.refresh));
  const store = createSessionStore({ url: new Secret(redisUrl), sessionKeys, refreshKeys });
  const session = async (user: DjangoUserId): Promise<SessionMaterial> => {
    const stored = await store.read(user);
    if (stored === null || stored === 'unreadable') throw new Error(`user ${user} has no session`);
    return stored.session;
  };
  return {
    redis,
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

const connectTo = (url: string) => createClient({ url }).connect();
