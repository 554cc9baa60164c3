import { withinDeadline } from '../../client/session-record/deadline.ts';
import {
  createSessionRecords,
  openAccessToken,
  openRefreshToken,
  readRecord,
  WRITE_TIMEOUT_MS,
  type SessionRecord,
  type SessionKeyRing,
  type SessionRecords,
} from '../../client/session-record/index.ts';
import { CLOSING_PATTERN, userOfClosingKey } from '../../client/session-record/keys.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import type { SessionStore, StoredSession } from '../ports/session-store.ts';
import type { ClosingRecords } from '../sweep/ports.ts';
import { createRedisConnection, type RedisConnection } from './redis-connection.ts';

/** The port, and all that the session records can do besides. */
export interface RedisSessionStore extends SessionStore, ClosingRecords {
  readonly records: SessionRecords;
  /** Waits for the first attempt to connect, however it ends. Not needed: the first use connects too. */
  connect(): Promise<void>;
  disconnect(): Promise<void>;
}

/**
 * The session records in Redis, on a connection of its own. Redis may be away when this is called, and come and go.
 *
 * @param options.onConnectionError called once each time Redis goes away
 * @throws BridgeError `ConfigurationInvalid` when the URL is not valid, or when both key rings share a key
 */
export function createSessionStore(options: {
  readonly url: Secret;
  readonly sessionKeys: SessionKeyRing;
  readonly refreshKeys: SessionKeyRing;
  readonly onConnectionError?: () => void;
}): RedisSessionStore {
  const { url, sessionKeys, refreshKeys, onConnectionError } = options;
  const connection = createRedisConnection({
    url,
    ...(onConnectionError === undefined ? {} : { onAway: onConnectionError }),
  });
  const records = createSessionRecords({
    redis: connection.commands,
    sessionKeys,
    refreshKeys,
    onTimeout: () => connection.reportTimeout(),
  });
  const open = (user: DjangoUserId, raw: string): StoredSession | undefined => {
    try {
      return openRecord(user, readRecord(raw), { sessionKeys, refreshKeys });
    } catch (error) {
      if (error instanceof BridgeError && error.code === 'RecordUnreadable') return undefined;
      throw error;
    }
  };
  return {
    records,
    readEpoch: (user) => records.readEpoch(user),
    publish: (user, readEpoch, session) => records.publish(user, readEpoch, session),
    hasSession: async (user) => (await records.read(user)) !== null,
    async read(user) {
      const raw = await records.read(user);
      return raw === null ? null : (open(user, raw) ?? 'unreadable');
    },
    fail: async (user, readEpoch, failure) => void (await records.fail(user, readEpoch, failure)),
    close: async (user) => void (await records.close(user)),
    async readClosing(user) {
      const raw = await records.readClosing(user);
      return raw === null ? null : { raw, session: open(user, raw)?.session ?? null };
    },
    replaceClosing: (user, raw, session) => records.replaceClosing(user, raw, session),
    finishClose: (user, raw) => records.finishClose(user, raw),
    scanClosing: (cursor) => scanClosing(connection, cursor),
    connect: () => connection.connect(),
    disconnect: () => connection.close(),
  };
}

/** Redis says '0' for both ends of a scan; a cursor that is not Redis's own starts over. */
async function scanClosing(
  connection: RedisConnection,
  cursor: string | null,
): ReturnType<ClosingRecords['scanClosing']> {
  const from = cursor !== null && /^[0-9]+$/.test(cursor) ? cursor : '0';
  const step = await withinDeadline(
    WRITE_TIMEOUT_MS,
    () => connection.scan(from, CLOSING_PATTERN),
    () => connection.reportTimeout(),
  );
  const users = step.keys.map(userOfClosingKey).filter((user) => user !== null);
  return { users, cursor: step.cursor === '0' ? null : step.cursor };
}

function openRecord(
  user: DjangoUserId,
  record: SessionRecord,
  keys: { readonly sessionKeys: SessionKeyRing; readonly refreshKeys: SessionKeyRing },
): StoredSession {
  const { epoch, accountId, expiresAt, openedAt, sessionEndsAt } = record;
  const accessToken = openAccessToken(record, user, keys.sessionKeys);
  const refreshToken = openRefreshToken(record, user, keys.refreshKeys);
  return { epoch, session: { accountId, accessToken, expiresAt, refreshToken, openedAt, sessionEndsAt } };
}
