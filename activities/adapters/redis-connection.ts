import { createClient } from 'redis';
import { fromNodeRedis, type RedisCommands } from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';

const CONNECT_TIMEOUT_MS = 2000;
const MAX_RECONNECT_DELAY_MS = 2000;

/** A connection that says nothing is noticed within 5 s, since it is asked every 2 s. */
const PING_INTERVAL_MS = 2000;
const SOCKET_TIMEOUT_MS = 5000;

/** A busy connection to a host that is gone never falls silent: each write counts as a sign of life. */
const TIMEOUTS_BEFORE_NEW_CONNECTION = 3;

/** Patience with the last answers when the process ends. */
const CLOSE_TIMEOUT_MS = 1000;

/** Keys that a step looks at: Redis does nothing else meanwhile, for less than a millisecond. */
const SCAN_COUNT = 1_000;

/** A connection to Redis that is made on first use and made anew for as long as it takes. */
export interface RedisConnection {
  /** They fail at once while Redis is away, instead of queueing up for it. */
  readonly commands: RedisCommands;
  /**
   * A step through the keys that match a pattern: those that were there all the time are seen once the cursor is '0' again.
   *
   * @param cursor '0': from the beginning
   */
  scan(
    cursor: string,
    pattern: string,
  ): Promise<{ readonly keys: readonly string[]; readonly cursor: string }>;
  /** Waits for the first attempt to connect, however it ends. */
  connect(): Promise<void>;
  /** To be told when an answer is overdue. */
  reportTimeout(): void;
  close(): Promise<void>;
}

type Client = ReturnType<typeof newClient>;

/**
 * @param options.url `redis[s]://[[user]:password@]host[:port][/database]`
 * @param options.onAway called once each time Redis goes away, not for every attempt to reach it
 * @throws BridgeError `ConfigurationInvalid` when the URL is none
 */
export function createRedisConnection(options: {
  readonly url: Secret;
  readonly onAway?: () => void;
}): RedisConnection {
  // Also tells now, and not at the first use, that the URL is none.
  let client = newClient(options.url);
  let firstAttempt: Promise<void> | undefined;
  let away = false;
  let timeoutsInARow = 0;
  let closed = false;

  const connect = (): Promise<void> => {
    firstAttempt ??= attempt(client, {
      onReady: () => (away = false),
      onError: () => {
        if (!away && !closed) options.onAway?.();
        away = true;
      },
    });
    return firstAttempt;
  };
  const use = async <Reply>(call: (client: Client) => Promise<Reply>): Promise<Reply> => {
    if (closed) throw new BridgeError('SessionStoreUnavailable', { detail: 'the connection was closed' });
    await connect();
    const reply = await call(client);
    timeoutsInARow = 0;
    return reply;
  };

  return {
    commands: {
      get: (key) => use((client) => fromNodeRedis(client).get(key)),
      run: (script, keys, args) => use((client) => fromNodeRedis(client).run(script, keys, args)),
    },
    scan: (cursor, pattern) => use((client) => client.scan(cursor, { MATCH: pattern, COUNT: SCAN_COUNT })),
    connect,
    reportTimeout() {
      if (closed || ++timeoutsInARow < TIMEOUTS_BEFORE_NEW_CONNECTION) return;
      timeoutsInARow = 0;
      client.destroy();
      client = newClient(options.url);
      firstAttempt = undefined;
    },
    async close() {
      if (closed) return;
      closed = true;
      await closeClient(client);
    },
  };
}

function newClient(url: Secret) {
  try {
    return createClient({
      url: url.reveal(),
      disableOfflineQueue: true,
      pingInterval: PING_INTERVAL_MS,
      socket: {
        connectTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: SOCKET_TIMEOUT_MS,
        reconnectStrategy: (retries) =>
          Math.min(50 * 2 ** retries, MAX_RECONNECT_DELAY_MS) * (0.75 + Math.random() / 2),
      },
    });
  } catch {
    // Without the cause: its message quotes the URL, which holds a password.
    throw new BridgeError('ConfigurationInvalid', { detail: 'REDIS_URL is not a valid URL' });
  }
}

/** Resolves when the client is ready, or when it failed for the first time; it goes on trying by itself. */
function attempt(
  client: Client,
  { onReady, onError }: { readonly onReady: () => void; readonly onError: () => void },
): Promise<void> {
  return new Promise((resolve) => {
    client.on('ready', () => {
      onReady();
      resolve();
    });
    client.on('error', () => {
      onError();
      resolve();
    });
    // It only rejects when the client is closed while it is still trying.
    client.connect().catch(() => resolve());
  });
}

async function closeClient(client: Client): Promise<void> {
  if (!client.isReady) return client.destroy();
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
  });
  await Promise.race([client.close(), timeUp]).catch(() => undefined);
  clearTimeout(timer);
  client.destroy();
}
