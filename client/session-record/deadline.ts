import { BridgeError } from '../../contract/errors.ts';

/** A timer that is this late (ms) shows that the process stood still, and says nothing of Redis. */
const STOOD_STILL_MS = 50;
/** How long to wait then (ms): the answer may be here, unread, or the call not even have been sent. */
const LAST_LOOK_MS = 50;

/**
 * Awaits a call to Redis no longer than this. The call itself goes on: a write that ran out of time may still happen.
 *
 * @throws BridgeError `SessionStoreUnavailable` when the time is up, and for whatever the call throws
 */
export function withinDeadline<Value>(
  timeoutMs: number,
  call: () => Promise<Value>,
  onTimeout?: () => void,
): Promise<Value> {
  // Every warm session passes here. A race of two promises was a quarter of what it cost beside the GET.
  return new Promise((resolve, reject) => {
    const endsAt = performance.now() + timeoutMs;
    const giveUp = (): void => {
      reject(
        new BridgeError('SessionStoreUnavailable', { detail: `there was no answer within ${timeoutMs} ms` }),
      );
      onTimeout?.();
    };
    let timer = setTimeout(() => {
      if (performance.now() - endsAt > STOOD_STILL_MS) timer = setTimeout(giveUp, LAST_LOOK_MS);
      else giveUp();
    }, timeoutMs);
    const succeed = (value: Value): void => {
      clearTimeout(timer);
      resolve(value);
    };
    const fail = (error: unknown): void => {
      clearTimeout(timer);
      reject(error instanceof BridgeError ? error : unavailable(error));
    };
    try {
      call().then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** Of the error, only a word like `ECONNREFUSED`, `READONLY` or `NOAUTH` is passed on. */
function unavailable(error: unknown): BridgeError {
  const said =
    error instanceof Error ? ['code' in error ? error.code : '', error.message.split(' ', 1)[0]] : [];
  const word = said.find((candidate) => typeof candidate === 'string' && /^[A-Z_]{3,}$/.test(candidate));
  const detail = typeof word === 'string' ? { detail: word } : {};
  return new BridgeError('SessionStoreUnavailable', { cause: error, ...detail });
}
