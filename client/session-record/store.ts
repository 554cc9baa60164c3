import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { EPOCH_TTL_SECONDS, SESSION_TTL_SECONDS } from '../../contract/numbers.ts';
import { withinDeadline } from './deadline.ts';
import { formatFailure, parseFailure, type SessionFailure } from './failure.ts';
import { recordKeys } from './keys.ts';
import type { SessionKeyRing } from './key-rings.ts';
import type { SessionMaterial } from './material.ts';
import { readRecord, sealRecord } from './record.ts';
import type { RedisCommands } from './redis-commands.ts';
import { RECORD_SCRIPT } from './script.ts';

/** A browser waits for a read, so a slow Redis counts as none (ms). */
export const READ_TIMEOUT_MS = 300;

/** Nobody waits for a write, and giving one up costs a login (ms). */
export const WRITE_TIMEOUT_MS = 2000;

/** `superseded`: somebody wrote since the epoch was read. `signed-out`: likewise, and there is no record now. */
export type WriteRefusal = 'superseded' | 'signed-out';

/** The session records in Redis. Every method may throw `SessionStoreUnavailable`; a write may then still happen. */
export interface SessionRecords {
  /** The sealed record, for `readRecord`; null when there is none. */
  read(user: DjangoUserId): Promise<string | null>;
  /** The failure that still counts, or null. */
  readFailure(user: DjangoUserId): Promise<SessionFailure | null>;
  /** The epoch to name when writing, 0 where nobody ever wrote. To be read before LibreChat is called. */
  readEpoch(user: DjangoUserId): Promise<number>;
  /** Seals and writes a session. `epoch` is the one that holds now. Throws `ConfigurationInvalid` without refresh keys. */
  publish(
    user: DjangoUserId,
    readEpoch: number,
    session: SessionMaterial,
  ): Promise<{ readonly outcome: 'published' | WriteRefusal; readonly epoch: number }>;
  /** Records that a refresh failed, and leaves the session record alone: it may still serve. */
  fail(user: DjangoUserId, readEpoch: number, failure: SessionFailure): Promise<'recorded' | WriteRefusal>;
  /**
   * Signs out: nobody who read the epoch before can write any more. `closing` is the oldest record whose session is still
   * to be logged out at LibreChat, now or from an earlier sign-out; pass it to {@link SessionRecords.finishClose} after that.
   */
  close(user: DjangoUserId): Promise<{ readonly epoch: number; readonly closing: string | null }>;
  /** The oldest record that a sign-out put aside; null when there is none. */
  readClosing(user: DjangoUserId): Promise<string | null>;
  /**
   * Puts a renewed session in the place of one that was put aside: it is the one to be logged out then. Throws
   * `ConfigurationInvalid` without refresh keys.
   *
   * @returns the new record; null when the old one is not there any more
   */
  replaceClosing(user: DjangoUserId, closing: string, session: SessionMaterial): Promise<string | null>;
  /** Forgets a record that was logged out; false when it is not there any more. */
  finishClose(user: DjangoUserId, closing: string): Promise<boolean>;
}

/**
 * @param options.redis see `fromNodeRedis` and `fromIoRedis`
 * @param options.refreshKeys without them records can be read, closed and failed, but not published: a BFF has none
 * @param options.now milliseconds since 1970
 * @param options.onTimeout is told when Redis lets a time-out pass, which its client does not notice
 * @throws BridgeError `ConfigurationInvalid` when a BFF could open refresh tokens since both rings share a key
 */
export function createSessionRecords(options: {
  readonly redis: RedisCommands;
  readonly sessionKeys: SessionKeyRing;
  readonly refreshKeys?: SessionKeyRing | undefined;
  readonly now?: () => number;
  readonly onTimeout?: () => void;
}): SessionRecords {
  const { redis, sessionKeys, refreshKeys, now = Date.now, onTimeout } = options;
  refuseSharedKey(sessionKeys, refreshKeys);
  const get = (key: string, timeoutMs: number): Promise<string | null> =>
    withinDeadline(timeoutMs, () => redis.get(key), onTimeout);
  const write: Write = async (user, args) => {
    const { session, epoch, closing, failure } = recordKeys(user);
    const run = (): Promise<unknown> =>
      redis.run(RECORD_SCRIPT, [session, epoch, closing, failure], args.map(String));
    return readReply(await withinDeadline(WRITE_TIMEOUT_MS, run, onTimeout));
  };

  const seal: Seal = (user, epoch, session) => {
    if (refreshKeys !== undefined) return sealRecord(user, epoch, session, { sessionKeys, refreshKeys });
    throw invalid('sessions are published by the worker, which has the refresh keys');
  };

  return {
    read: (user) => get(recordKeys(user).session, READ_TIMEOUT_MS),
    async readFailure(user) {
      const failure = parseFailure(await get(recordKeys(user).failure, READ_TIMEOUT_MS));
      return failure !== null && failure.until > now() ? failure : null;
    },
    readEpoch: async (user) => readInteger((await get(recordKeys(user).epoch, WRITE_TIMEOUT_MS)) ?? '0'),
    async publish(user, readEpoch, session) {
      const time = now();
      const epoch = Math.max(readEpoch + 1, time);
      const record = seal(user, epoch, session);
      const ttlMs = Math.max(
        1,
        Math.min(SESSION_TTL_SECONDS * 1000, Math.trunc(session.sessionEndsAt) - time),
      );
      const reply = await write(user, ['publish', readEpoch, epoch, record, ttlMs, EPOCH_TTL_SECONDS]);
      return {
        outcome: oneOf(reply, ['published', 'superseded', 'signed-out']),
        epoch: readInteger(reply[1]),
      };
    },
    async fail(user, readEpoch, failure) {
      const ttlMs = Math.max(1, Math.ceil(failure.until - now()));
      const reply = await write(user, ['fail', readEpoch, formatFailure(failure), ttlMs]);
      return oneOf(reply, ['recorded', 'superseded', 'signed-out']);
    },
    ...signOuts(write, seal, now),
  };
}

type Write = (user: DjangoUserId, args: readonly (string | number)[]) => Promise<Reply>;
type Seal = (user: DjangoUserId, epoch: number, session: SessionMaterial) => string;

function signOuts(
  write: Write,
  seal: Seal,
  now: () => number,
): Pick<SessionRecords, 'close' | 'readClosing' | 'replaceClosing' | 'finishClose'> {
  return {
    async close(user) {
      const reply = await write(user, ['close', now(), EPOCH_TTL_SECONDS, EPOCH_TTL_SECONDS]);
      return { epoch: readInteger(reply[1]), closing: reply[2] === '' ? null : (reply[2] ?? null) };
    },
    async readClosing(user) {
      const [, closing = ''] = await write(user, ['oldest']);
      return closing === '' ? null : closing;
    },
    async replaceClosing(user, closing, session) {
      const record = seal(user, readRecord(closing).epoch, session);
      const reply = await write(user, ['replace', closing, record, EPOCH_TTL_SECONDS]);
      return oneOf(reply, ['replaced', 'refused']) === 'replaced' ? record : null;
    },
    finishClose: async (user, closing) =>
      oneOf(await write(user, ['finishClose', closing]), ['finished', 'refused']) === 'finished',
  };
}

type Reply = readonly string[];

function readReply(reply: unknown): Reply {
  if (Array.isArray(reply) && reply.every((part) => typeof part === 'string')) return reply;
  throw notOurs();
}

function oneOf<const Word extends string>([word]: Reply, words: readonly Word[]): Word {
  const known = words.find((candidate) => candidate === word);
  if (known === undefined) throw notOurs();
  return known;
}

function readInteger(text: string | undefined): number {
  const value = /^[0-9]{1,16}$/.test(text ?? '') ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw notOurs();
  return value;
}

function refuseSharedKey(sessionKeys: SessionKeyRing, refreshKeys: SessionKeyRing | undefined): void {
  const shared = refreshKeys?.keyIds.find((id) => sessionKeys.keyIds.includes(id));
  if (shared === undefined) return;
  throw invalid(
    `the key ${shared} is both a session key and a refresh key, so every BFF could open refresh tokens`,
  );
}

const invalid = (detail: string): BridgeError => new BridgeError('ConfigurationInvalid', { detail });

const notOurs = (): BridgeError =>
  new BridgeError('SessionStoreUnavailable', { detail: 'a value under librechat:* was not written by us' });
