import { setTimeout as sleep } from 'node:timers/promises';
import { ERRORS } from '../../contract/error-table.ts';
import { BridgeError, type ErrorCode } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { ChatSession, SessionReader } from './reader.ts';
import type { Refresher, Refreshed } from './refresher.ts';
import { SessionUnavailable } from './session-unavailable.ts';

/** How to wait for a session. */
export interface SessionOptions {
  /** How long to wait where there is none yet (ms); default 2,000. Then `SessionUnavailable` is thrown. */
  readonly waitMs?: number;
}

interface Unavailable {
  readonly code: ErrorCode;
  readonly retryAfterSeconds: number;
}

const WAIT_MS = 2_000;
/** A record that was just written is read again after so long (ms), where Redis answers from a replica. */
const READ_AGAIN_MS = 50;
/** The outcome of the refresh is not known yet. */
const PENDING: Unavailable = { code: 'SessionPending', retryAfterSeconds: 1 };
/** When to come again, where a system is away (s). */
const AWAY_SECONDS = 5;

/**
 * The session of a user: at once while its access token is good, with a refresh in the background when that nears its end;
 * else after a refresh, for which at most `waitMs` is waited.
 *
 * @throws SessionUnavailable with the code that says why
 */
export async function openSession(
  { reader, refresher }: { readonly reader: SessionReader; readonly refresher: Refresher },
  user: DjangoUserId,
  { waitMs = WAIT_MS }: SessionOptions,
): Promise<ChatSession> {
  const endsAt = performance.now() + waitMs;
  let known = PENDING;
  let epoch: number | undefined;
  try {
    for (;;) {
      const reading = await reader.read(user);
      if (reading.kind === 'fresh') return reading.session;
      if (reading.kind === 'stale') {
        refresher.refreshInBackground(user, reading.epoch);
        return reading.session;
      }
      // Named in every round: a user who signs out while this request waits is not signed in again by it.
      epoch ??= 'epoch' in reading ? reading.epoch : await refresher.readEpoch(user);
      const refreshing = refresher.refresh(user, epoch);
      const refreshed = await within(endsAt - performance.now(), refreshing, known);
      // The worker could open what we cannot, so another refresh would change nothing.
      if (refreshed.outcome === 'fresh' && reading.kind === 'unreadable')
        throw unavailable({ code: 'RecordUnreadable', retryAfterSeconds: AWAY_SECONDS });
      const isSignedOut = refreshed.outcome === 'failed' && refreshed.code === 'SignedOut';
      // Unless the user signed out since this request came, it has joined a refresh that was asked for before.
      if (isSignedOut && (await refresher.readEpoch(user)) !== epoch) throw unavailable(refreshed);
      const pause = pauseMs(refreshed, endsAt - performance.now());
      // Even a sleep of 0 ms takes a millisecond.
      if (pause > 0) await sleep(pause);
      // If the next attempt does not end in time, this is what is said.
      if (refreshed.outcome === 'failed') known = refreshed;
    }
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** How long to wait before the record is read again (ms); throws where waiting makes no sense. */
function pauseMs(refreshed: Refreshed, leftMs: number): number {
  if (refreshed.outcome !== 'failed') return refreshed.outcome === 'fresh' ? READ_AGAIN_MS : 0;
  const { code, retryAfterSeconds } = refreshed;
  if (code === 'SignedOut') return READ_AGAIN_MS;
  if (ERRORS[code].kind === 'transient' && retryAfterSeconds * 1_000 < leftMs)
    return retryAfterSeconds * 1_000;
  throw unavailable(refreshed);
}

async function within<Value>(leftMs: number, promise: Promise<Value>, known: Unavailable): Promise<Value> {
  const timer = new AbortController();
  const timeUp = sleep(Math.max(0, leftMs), undefined, { signal: timer.signal }).then(() => {
    throw unavailable(known);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    timeUp.catch(() => undefined);
    timer.abort();
  }
}

function asUnavailable(error: unknown): unknown {
  if (!(error instanceof BridgeError) || error instanceof SessionUnavailable) return error;
  return new SessionUnavailable(error.code, error.retryAfterSeconds ?? AWAY_SECONDS, error);
}

const unavailable = ({ code, retryAfterSeconds }: Unavailable): SessionUnavailable =>
  new SessionUnavailable(code, Math.max(1, retryAfterSeconds));
