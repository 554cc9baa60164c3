import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { RefreshVerdict } from '../../contract/messages.ts';
import type { SessionRecords } from '../session-record/store.ts';
import type { TemporalAccess } from '../temporal-access.ts';
import { watchRecord } from './watch-record.ts';

/** How a refresh ended, or the note of one that failed a moment ago. */
export type Refreshed = RefreshVerdict;

/** Asks for refreshes. */
export interface Refresher {
  /**
   * Waits for a refresh of the user's session. All callers of this process share one, and all processes share one workflow.
   *
   * @param epoch of the record that was read, else {@link Refresher.readEpoch}
   * @throws BridgeError `TemporalUnavailable`, `SessionStoreUnavailable`, `ConfigurationInvalid`
   */
  refresh(user: DjangoUserId, epoch: number): Promise<Refreshed>;
  /**
   * The epoch of now, for a user without a record.
   *
   * @throws BridgeError `SessionStoreUnavailable`
   */
  readEpoch(user: DjangoUserId): Promise<number>;
  /** The same without anybody waiting, and not again before it makes sense. */
  refreshInBackground(user: DjangoUserId, epoch: number): void;
}

interface Systems {
  readonly records: Pick<SessionRecords, 'read' | 'readEpoch' | 'readFailure'>;
  readonly temporal: TemporalAccess;
  readonly taskQueue: string;
}

/** Temporal's answer to a start (ms). Shorter than the wait for a session, so that it is known what did not answer. */
const START_DEADLINE_MS = 1_500;
/** The pause after a refresh in the background that changed nothing for us, for example because of our clock (ms). */
const COOL_DOWN_MS = 1_000;

/**
 * @param options.onBackgroundError is told why a refresh in the background did not succeed; the session in use is still
 *   good then, for up to two minutes
 */
export function createRefresher(
  options: Systems & { readonly onBackgroundError?: ((error: unknown) => void) | undefined },
): Refresher {
  const flights = new Map<DjangoUserId, Promise<Refreshed>>();
  const coolingDown = new Set<DjangoUserId>();

  const refresh = (user: DjangoUserId, epoch: number, isAwaited: boolean): Promise<Refreshed> => {
    const flight =
      flights.get(user) ?? askOnce(options, user, epoch, isAwaited).finally(() => flights.delete(user));
    flights.set(user, flight);
    return flight;
  };
  const coolDown = (user: DjangoUserId, ms: number): void => {
    coolingDown.add(user);
    setTimeout(() => coolingDown.delete(user), ms).unref();
  };
  const tell = (error: unknown): void => {
    try {
      options.onBackgroundError?.(error);
    } catch {
      // Nobody waits for this refresh who could be told that the listener failed.
    }
  };

  return {
    refresh: (user, epoch) => refresh(user, epoch, true),
    readEpoch: (user) => options.records.readEpoch(user),
    refreshInBackground(user, epoch) {
      if (flights.has(user) || coolingDown.has(user)) return;
      refresh(user, epoch, false).then(
        (refreshed) => {
          const failed = refreshed.outcome === 'failed';
          coolDown(user, failed ? refreshed.retryAfterSeconds * 1_000 : COOL_DOWN_MS);
          if (failed) tell(new BridgeError(refreshed.code, refreshed));
        },
        (error: unknown) => {
          coolDown(user, COOL_DOWN_MS);
          tell(error);
        },
      );
    },
  };
}

async function askOnce(
  { records, temporal, taskQueue }: Systems,
  user: DjangoUserId,
  epoch: number,
  isAwaited: boolean,
): Promise<Refreshed> {
  const failure = await records.readFailure(user);
  if (failure !== null) {
    const retryAfterSeconds = Math.max(1, Math.ceil((failure.until - Date.now()) / 1_000));
    return { outcome: 'failed', code: failure.code, retryAfterSeconds };
  }
  const { client, workflows } = await temporal.use();
  const over = new AbortController();
  const request = { user, epoch, taskQueue, deadlineMs: START_DEADLINE_MS, giveUp: over.signal };
  try {
    const verdict = workflows.refreshSession(client, request);
    // Nobody has to wait for the record of a refresh in the background.
    if (!isAwaited) return await verdict;
    const seen = watchRecord(records, user, epoch, over.signal);
    return await Promise.race([verdict, seen.then((record) => record ?? verdict)]);
  } finally {
    over.abort();
  }
}
