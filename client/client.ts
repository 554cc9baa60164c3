import { BridgeError, type ErrorCode } from '../contract/errors.ts';
import { parseDjangoUserId, TASK_QUEUE } from '../contract/ids.ts';
import { Secret } from '../contract/secret.ts';
import { parseKeyRing } from './session-record/key-rings.ts';
import type { RedisCommands } from './session-record/redis-commands.ts';
import { createSessionRecords } from './session-record/store.ts';
import { createSessionReader, type ChatSession } from './session/reader.ts';
import { createRefresher } from './session/refresher.ts';
import { openSession, type SessionOptions } from './session/sessions.ts';
import { accessTemporal, type TemporalTarget } from './temporal-access.ts';
import type { ProvisionOptions, ProvisionStart } from './temporal/provision.ts';
import type { RotateOptions, RotateOutcome } from './temporal/rotate.ts';
import type { UserStatus } from './temporal/status.ts';

/** What a client needs to know. */
export interface LibreChatClientOptions {
  /** A Temporal client that the application has anyway, or where Temporal is; then one is made at the first use. */
  readonly temporal: TemporalTarget;
  /** The application's Redis client: `fromNodeRedis(client)` or `fromIoRedis(client)`. It stays the application's. */
  readonly redis: RedisCommands;
  /** `LIBRECHAT_SESSION_KEY`, as the worker has it: one key, or several with commas. */
  readonly sessionKey: string;
  /** Default `librechat`. */
  readonly taskQueue?: string;
  /** How long Temporal may take for an answer to `rotate`, `signOut` and `status` (ms); default 2,000. */
  readonly deadlineMs?: number;
  /** How many sessions are kept open in memory; default 10,000 (some 30 MB). */
  readonly maxSessions?: number;
  /** Shown in Temporal's UI beside what was started; default `hestami-librechat-client`. */
  readonly identity?: string;
  /** Told why a refresh in the background did not succeed, while the session in use is still good. */
  readonly onBackgroundError?: (error: unknown) => void;
}

/**
 * How a sign-out went. `ended`: LibreChat's session is gone. `nothing`: there was none. `closing`: it is being ended; where
 * Redis was away, the record goes as soon as Redis is back. `left`: it could not be ended (see `code`), or Temporal is
 * away, so that nothing could be started; the sweep does it. An access token that was given out before is good until it
 * expires, whatever anybody does: LibreChat cannot revoke it.
 */
export interface SignOutOutcome {
  readonly outcome: 'ended' | 'nothing' | 'closing' | 'left';
  readonly code?: ErrorCode;
}

/** What a BFF does with its users. Users are named by Django's primary key as text, in canonical spelling. */
export interface LibreChatClient {
  /**
   * Starts the provisioning of a user and returns; see `provisionAccount`.
   *
   * @throws BridgeError `InvalidUserId`; `TemporalUnavailable`, unless it is to be ignored; `ConfigurationInvalid`
   *
   * @example
   * await chat.provision('42', { onUnavailable: 'ignore' }); // { outcome: 'started' }
   */
  provision(userId: string, options?: Omit<ProvisionOptions, 'taskQueue'>): Promise<ProvisionStart>;
  /**
   * The session for a request to LibreChat: at once while its access token is good; where there is none yet, after at most
   * `waitMs`. A token that nears its end is refreshed in the background. While everything else is down, a token that is
   * known and still good is served.
   *
   * @throws BridgeError `InvalidUserId`
   * @throws SessionUnavailable with the code that says why, and when to come again: answer with the status of
   *   `ERRORS[code]` and `Retry-After`
   *
   * @example
   * const { accessToken } = await chat.session('42');
   * await fetch(url, { headers: { authorization: `Bearer ${accessToken.reveal()}` } });
   */
  session(userId: string, options?: SessionOptions): Promise<ChatSession>;
  /**
   * Gives the user's LibreChat account a new password, for the reason `manual` unless another is given; see
   * `rotateCredential`.
   *
   * @throws BridgeError `InvalidUserId`, `TemporalUnavailable`, `ConfigurationInvalid`
   *
   * @example
   * await chat.rotate('42'); // { outcome: 'rotated' }
   */
  rotate(userId: string, options?: Partial<Omit<RotateOptions, 'taskQueue'>>): Promise<RotateOutcome>;
  /**
   * Ends the user's session, in all of the user's browsers: there is one for all of them. To be called when the last one
   * signs out. Returns as soon as the record is gone; `waitMs` waits for LibreChat's side too. While Redis is away, the
   * workflow removes the record later, and with it a session that was opened in between.
   *
   * @throws BridgeError `InvalidUserId`; `TemporalUnavailable` or `ConfigurationInvalid` when Redis was away too
   *
   * @example
   * await chat.signOut('42'); // { outcome: 'closing' }
   */
  signOut(userId: string, options?: { readonly waitMs?: number }): Promise<SignOutOutcome>;
  /**
   * What is going on for a user at this moment, since when, what it waits for, and when it tries next.
   *
   * @throws BridgeError `InvalidUserId`, `TemporalUnavailable`, `ConfigurationInvalid`
   *
   * @example
   * (await chat.status('42')).account; // { workflow: 'provisionAccount', waiting: { kind: 'blocked', code: … }, … }
   */
  status(userId: string): Promise<UserStatus>;
  /**
   * Ends what is under way and lets go of what was made here. May be called more than once. To be called before the
   * application closes a Temporal client of its own.
   */
  close(): Promise<void>;
}

const DEADLINE_MS = 2_000;
const MAX_SESSIONS = 10_000;
const IDENTITY = 'hestami-librechat-client';

/**
 * Makes a client. Nothing is connected yet; Temporal's own client is loaded in the background.
 *
 * @throws BridgeError `ConfigurationInvalid` when the session key is not valid
 *
 * @example
 * const redis = await createClient({ url: process.env.REDIS_URL }).connect();
 * const chat = createLibreChatClient({
 *   temporal: { address: 'temporal:7233' },
 *   redis: fromNodeRedis(redis),
 *   sessionKey: process.env.LIBRECHAT_SESSION_KEY,
 * });
 */
export function createLibreChatClient(options: LibreChatClientOptions): LibreChatClient {
  const { taskQueue = TASK_QUEUE, deadlineMs = DEADLINE_MS, maxSessions = MAX_SESSIONS } = options;
  const sessionKeys = parseKeyRing('the session key', new Secret(options.sessionKey));
  const temporal = accessTemporal(options.temporal, options.identity ?? IDENTITY);
  const records = createSessionRecords({ redis: options.redis, sessionKeys });
  const reader = createSessionReader({ records, sessionKeys, maxSessions });
  const { onBackgroundError } = options;
  const refresher = createRefresher({ records, temporal, taskQueue, onBackgroundError });

  return {
    async provision(userId, provisionOptions = {}) {
      const user = parseDjangoUserId(userId);
      const { client, workflows } = await temporal.use();
      return workflows.provisionAccount(client, user, { ...provisionOptions, taskQueue });
    },
    session: async (userId, sessionOptions = {}) =>
      openSession({ reader, refresher }, parseDjangoUserId(userId), sessionOptions),
    async rotate(userId, rotateOptions = {}) {
      const user = parseDjangoUserId(userId);
      const { client, workflows } = await temporal.use();
      return workflows.rotateCredential(client, user, {
        reason: 'manual',
        deadlineMs,
        ...rotateOptions,
        taskQueue,
      });
    },
    async signOut(userId, { waitMs = 0 } = {}) {
      const user = parseDjangoUserId(userId);
      const recordClosed = await closeRecord(() => records.close(user));
      // Not earlier: a request that reads meanwhile would remember it again.
      reader.forget(user);
      try {
        const { client, workflows } = await temporal.use();
        const request = { user, recordClosed, taskQueue, deadlineMs, waitMs };
        return (await workflows.closeSession(client, request)) ?? { outcome: 'closing' };
      } catch (error) {
        if (!recordClosed || !(error instanceof BridgeError)) throw error;
        return { outcome: 'left', code: error.code };
      }
    },
    async status(userId) {
      const user = parseDjangoUserId(userId);
      const { client, workflows } = await temporal.use();
      return workflows.userStatus(client, user, deadlineMs);
    },
    close: () => temporal.close(),
  };
}

/** Whether the record is closed; where Redis is away, the workflow does it when Redis is back. */
async function closeRecord(close: () => Promise<unknown>): Promise<boolean> {
  try {
    await close();
    return true;
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'SessionStoreUnavailable') return false;
    throw error;
  }
}
