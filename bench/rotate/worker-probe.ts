/*
 * Loaded into the worker's process beside its own code (`node --import`), and into nothing else: what is measured is the
 * product as it was built. It tells what it sees on standard output, a JSON line each.
 */
import { subscribe } from 'node:diagnostics_channel';
import { isMainThread } from 'node:worker_threads';
import { Context } from '@temporalio/activity';
import pg from 'pg';
import type { Seen } from './seen.ts';

/** The one statement that puts a new password and the word that both agree into the row: the commit. */
const COMMIT = /SET librechat_password_encrypted = \$3, librechat_synced_at = now\(\)/;
const RESET_PATH = /\/resetPassword$/;

const tell = (seen: Seen): void => {
  process.stdout.write(`${JSON.stringify({ probe: seen })}\n`);
};

/** With one rotation in flight the answer that came last is that of the rotation that commits. */
function watchGap(): void {
  let answeredAt = Number.NaN;
  // Published when the last byte was read, just before the adapter's own handler is called.
  subscribe('undici:request:trailers', (message) => {
    const { request } = message as { request: { readonly method: string; readonly path: string } };
    if (request.method === 'POST' && RESET_PATH.test(request.path)) answeredAt = performance.now();
  });
  const pool = pg.Pool.prototype as { query: (this: unknown, ...args: unknown[]) => Promise<unknown> };
  const { query } = pool;
  pool.query = async function (this: unknown, ...args) {
    const [text] = args;
    if (typeof text !== 'string' || !COMMIT.test(text)) return query.apply(this, args);
    const sentAt = performance.now();
    const result = await query.apply(this, args);
    const returnedAt = performance.now();
    tell({ kind: 'commit', gapMs: returnedAt - answeredAt, queryMs: returnedAt - sentAt });
    return result;
  };
}

/** What activities send; the SDK holds some of it back, so that Temporal gets as many or fewer. */
function watchHeartbeats(): void {
  const current = Context.current.bind(Context);
  const watched = new WeakSet<Context>();
  Context.current = () => {
    const context = current();
    if (watched.has(context)) return context;
    watched.add(context);
    const { heartbeat } = context;
    const value: typeof heartbeat = (details) => {
      tell({ kind: 'heartbeat' });
      heartbeat(details);
    };
    Object.defineProperty(context, 'heartbeat', { value });
    return context;
  };
}

// Threads for workflows are started with the same flags.
if (isMainThread) {
  watchGap();
  watchHeartbeats();
}
