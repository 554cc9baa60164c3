import {
  createSessionRecords,
  type SessionKeyRing,
  type SessionRecords,
} from '../../client/session-record/index.ts';
import type { Secret } from '../../contract/secret.ts';
import type { SessionStore } from '../ports.ts';
import { createRedisConnection } from './redis-connection.ts';

/** The port, and all that the session records can do besides. */
export interface RedisSessionStore extends SessionStore {
  readonly records: SessionRecords;
  /** Waits for the first attempt to connect, however it ends. Not needed: the first use connects too. */
  connect(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The session records in Redis, on a connection of its own. Redis may be away when this is called, and come and go.
 *
 * @param options.onConnectionError called once each time that Redis goes away
 * @throws BridgeError `ConfigurationInvalid` when the URL is none, or when both key rings share a key
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
  return {
    records,
    readEpoch: (user) => records.readEpoch(user),
    publish: async (user, readEpoch, session) => (await records.publish(user, readEpoch, session)).outcome,
    hasSession: async (user) => (await records.read(user)) !== null,
    signOut: async (user) => void (await records.close(user)),
    connect: () => connection.connect(),
    close: () => connection.close(),
  };
}
