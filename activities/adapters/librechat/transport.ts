import type { IncomingHttpHeaders } from 'node:http';

import { type Dispatcher, Pool } from 'undici';

import { BridgeError } from '../../../contract/errors.ts';

/** A request, ready to be written. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** With the base URL's prefix and the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** From the call to the last byte of the answer, waiting for a connection included, milliseconds. */
  readonly timeoutMs: number;
}

/** A complete answer, unread. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * How a request ended. `lost`: without a complete answer. Where `sent` is false, not one byte of it was written, so
 * LibreChat cannot have carried it out.
 */
type Exchange =
  | { readonly kind: 'answered'; readonly answer: WireAnswer }
  | { readonly kind: 'lost'; readonly sent: boolean; readonly error: BridgeError };

/** What the pool of connections needs to know. */
export interface TransportOptions {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Connections kept at most; further requests wait for one. */
  readonly connections: number;
  readonly connectTimeoutMs: number;
  /** A longer answer is given up. */
  readonly maxBodyBytes: number;
}

/** Sends requests over a pool of connections to one origin. Redirects are never followed. */
export interface Transport {
  /** Never rejects. Ends within `timeoutMs`; a connection with an unfinished answer is destroyed. */
  send(request: WireRequest): Promise<Exchange>;
  /** Waits for running requests, then closes the connections. */
  close(): Promise<void>;
}

/** Opens the pool; the first connection is made by the first request. */
export function createTransport(options: TransportOptions): Transport {
  const pool = new Pool(options.origin, {
    connections: options.connections,
    connect: { timeout: options.connectTimeoutMs },
    // One deadline holds for all of it (below): undici's own start over with every chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: (request) => exchange(pool, request, options.maxBodyBytes),
    close: () => pool.close(),
  };
}

function exchange(pool: Pool, request: WireRequest, maxBodyBytes: number): Promise<Exchange> {
  return new Promise((resolve) => {
    let running: Dispatcher.DispatchController | undefined;
    let over = false;
    const end = (outcome: Exchange): void => {
      if (over) return;
      over = true;
      clearTimeout(deadline);
      resolve(outcome);
    };
    const giveUp = (why: string): void => {
      if (over) return;
      end({ kind: 'lost', sent: running !== undefined, error: unavailable(why) });
      running?.abort(new Error(why));
    };
    // A process that stood still runs its timers before it reads what has come: an answer that lies there is looked at first.
    const deadline = setTimeout(
      () => setImmediate(() => giveUp(`no complete answer within ${request.timeoutMs} ms`)),
      request.timeoutMs,
    );

    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let size = 0;
    const chunks: Buffer[] = [];
    pool.dispatch(
      { method: request.method, path: request.path, headers: request.headers, body: request.body ?? null },
      {
        // Called once there is a connection, just before the first byte is written.
        onRequestStart: (controller) => {
          // Too late, or undici repeats what it thinks was not carried out: only callers may send twice.
          if (over || running !== undefined) return controller.abort(new Error('not to be sent'));
          running = controller;
        },
        onResponseStart: (_controller, statusCode, responseHeaders) => {
          status = statusCode;
          headers = responseHeaders;
        },
        onResponseData: (_controller, chunk) => {
          size += chunk.length;
          if (size > maxBodyBytes) giveUp(`the answer is longer than ${maxBodyBytes} bytes`);
          else chunks.push(chunk);
        },
        onResponseEnd: () => {
          end({
            kind: 'answered',
            answer: { status, headers, text: Buffer.concat(chunks).toString('utf8') },
          });
        },
        onResponseError: (_controller, error) => {
          const what = running === undefined ? 'no connection' : 'the connection broke off';
          end({ kind: 'lost', sent: running !== undefined, error: unavailable(`${what}${codeOf(error)}`) });
        },
      },
    );
  });
}

// No `cause`: undici's parser errors carry a piece of the body.
const unavailable = (detail: string): BridgeError => new BridgeError('UpstreamUnavailable', { detail });

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[A-Z0-9_]+$/.test(code) ? ` (${code})` : '';
}
