/*
 * A process of its own that runs one command for the process that started it, and never lets it outlive that one: the
 * channel between the two closes however the other side ends, by SIGKILL too.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';

/** What to run. The first message to the supervisor. */
export interface Order {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
  readonly stopSignal: NodeJS.Signals;
  readonly graceMs: number;
  /** Folders that nobody else will remove when the parent has died. */
  readonly removeWhenOrphaned: readonly string[];
}

export type ToSupervisor =
  | { readonly type: 'run'; readonly order: Order }
  | { readonly type: 'signal'; readonly signal: NodeJS.Signals }
  | { readonly type: 'stop' };

export type FromSupervisor =
  | { readonly type: 'started'; readonly pid: number }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'exited'; readonly code: number | null; readonly signal: NodeJS.Signals | null };

let child: ChildProcess | undefined;
let order: Order | undefined;
let orphaned = false;

process.on('message', (message: ToSupervisor) => {
  if (message.type === 'run') run(message.order);
  else if (message.type === 'signal') signalGroup(message.signal);
  else stop();
});
process.on('disconnect', () => {
  orphaned = true;
  if (child === undefined) process.exit(1);
  stop();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);

function run(received: Order): void {
  order = received;
  child = spawn(order.command, order.args, {
    cwd: order.cwd,
    env: order.env,
    ...order.user,
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own, so that what it starts is reached too.
    detached: true,
  });
  child.once('spawn', () => report({ type: 'started', pid: child?.pid ?? 0 }));
  child.once('error', (error) => finish({ type: 'failed', reason: error.message }));
  child.once('exit', (code, signal) => {
    signalGroup('SIGKILL');
    finish({ type: 'exited', code, signal });
  });
}

function stop(): void {
  if (child === undefined || order === undefined) return;
  signalGroup(order.stopSignal);
  setTimeout(() => signalGroup('SIGKILL'), order.graceMs).unref();
}

function signalGroup(signal: NodeJS.Signals): void {
  if (child?.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It has gone already.
  }
}

function finish(message: FromSupervisor): void {
  if (orphaned) {
    for (const folder of order?.removeWhenOrphaned ?? []) rmSync(folder, { recursive: true, force: true });
    process.exit();
  }
  report(message, () => process.exit());
}

function report(message: FromSupervisor, then: () => void = () => undefined): void {
  if (process.connected) process.send?.(message, then);
  else then();
}
