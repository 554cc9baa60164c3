import { isGrpcServiceError, NamespaceNotFoundError, ServiceError, type Client } from '@temporalio/client';
import { BridgeError } from '../../contract/errors.ts';

/** gRPC statuses by which Temporal refuses what it is told: the same call will not work later either. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [3, 'INVALID_ARGUMENT'],
  [7, 'PERMISSION_DENIED'],
  [9, 'FAILED_PRECONDITION'],
  [12, 'UNIMPLEMENTED'],
  [16, 'UNAUTHENTICATED'],
]);

/**
 * Calls Temporal, and waits for its answer no longer than this. A start that ran out of time may still have happened.
 *
 * The deadline of the SDK alone is not enough: it is kept by each request, but the pause between two of them is
 * finished first, which is up to 5 s late.
 *
 * @param deadlineMs milliseconds from now
 * @param giveUp ends the call earlier; it throws then. A signal for this call alone, since a listener stays on it
 * @throws BridgeError `TemporalUnavailable` when there is no answer in time, `ConfigurationInvalid` when Temporal does
 *   not know the namespace or refuses the request; errors about workflows pass through as the SDK has them
 */
export async function callTemporal<Value>(
  client: Client,
  deadlineMs: number,
  call: () => Promise<Value>,
  giveUp?: AbortSignal,
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(noAnswer(deadlineMs)), deadlineMs);
  });
  // The SDK never takes its listener off a signal, so each call has one of its own.
  const abort = new AbortController();
  giveUp?.addEventListener('abort', () => abort.abort(), { once: true });
  const answer = client.withDeadline(Date.now() + deadlineMs, () =>
    client.withAbortSignal(abort.signal, call),
  );
  remember(client, answer, abort);
  try {
    return await Promise.race([answer, timeUp]);
  } catch (error) {
    throw translate(error);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls that the SDK is still busy with, some of them after we gave up on them. */
const underWay = new WeakMap<Client, Map<Promise<unknown>, AbortController>>();

function remember(client: Client, answer: Promise<unknown>, abort: AbortController): void {
  const calls = underWay.get(client) ?? new Map<Promise<unknown>, AbortController>();
  underWay.set(client, calls.set(answer, abort));
  const forget = (): void => void calls.delete(answer);
  answer.then(forget, forget);
}

/**
 * Ends all calls that were made here with a client, which then may be closed. To close it earlier can end the process:
 * when the connection goes, the SDK has one more try before it for each call under way, and on a closed connection that
 * one throws outside of all promises. Takes up to a few seconds when Temporal is away, else no time.
 */
export async function endCalls(client: Client): Promise<void> {
  const calls = underWay.get(client);
  if (calls === undefined) return;
  for (const abort of calls.values()) abort.abort();
  await Promise.allSettled(calls.keys());
}

/**
 * Ends all calls that were made here with a client, and closes its connection.
 *
 * @example
 * await closeClient(client);
 */
export async function closeClient(client: Client): Promise<void> {
  await endCalls(client);
  await client.connection.close();
}

const noAnswer = (deadlineMs: number): BridgeError =>
  new BridgeError('TemporalUnavailable', { detail: `there was no answer within ${deadlineMs} ms` });

/** Of the error, no text is passed on: it names hosts, and may quote what was sent. */
function translate(error: unknown): unknown {
  if (error instanceof NamespaceNotFoundError)
    return new BridgeError('ConfigurationInvalid', {
      detail: 'Temporal does not know the namespace',
      cause: error,
    });
  if (!(error instanceof ServiceError)) return error;
  const status = isGrpcServiceError(error.cause) ? REFUSED.get(error.cause.code) : undefined;
  return status === undefined
    ? new BridgeError('TemporalUnavailable', { cause: error })
    : new BridgeError('ConfigurationInvalid', { detail: `Temporal answered ${status}`, cause: error });
}
