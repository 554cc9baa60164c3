import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Output } from './output.ts';
import type { FromSupervisor, Order, ToSupervisor } from './supervisor.ts';

/** How a process ended. Both are null when its supervisor was killed. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ManagedOptions {
  /** Default: that of this process. */
  readonly cwd?: string;
  /** Changes to the environment of this process; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Another user to run as, for root only. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** What asks it to end. Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to end when asked, before SIGKILL. Default: 10 s. */
  readonly graceMs?: number;
  readonly onLine?: (line: string) => void;
  /** Folders that are removed if this process dies without having stopped the other. */
  readonly removeWhenOrphaned?: readonly string[];
}

/** A process that ends with this one, however this one ends. */
export interface ManagedProcess extends AsyncDisposable {
  readonly pid: number;
  readonly running: boolean;
  /** Settles when it has ended and everything that it printed was read. Never rejects. */
  readonly exited: Promise<Exit>;
  lastLines(count?: number): readonly string[];
  /** The first line of its output that matches, past or to come. Rejects when it ends before, or after 30 s. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** For SIGSTOP, SIGCONT and the like; it and what it has started get it. */
  signal(signal: NodeJS.Signals): void;
  /** Asks it to end, with SIGKILL for an answer that comes too late. */
  stop(): Promise<Exit>;
  /** SIGKILL. */
  kill(): Promise<Exit>;
}

/**
 * Starts a command under a supervisor that ends it, and what it has started, when this process ends: on return, on a
 * crash, on Ctrl-C and on SIGKILL alike. Its output is read, not shown; see `onLine`.
 *
 * @throws Error when there is no such command
 */
export async function spawnManaged(
  command: string,
  args: readonly string[],
  options: ManagedOptions = {},
): Promise<ManagedProcess> {
  const supervisor = startSupervisor(command);
  const output = new Output();
  if (options.onLine !== undefined) output.onLine(options.onLine);
  for (const stream of [supervisor.stdout, supervisor.stderr]) if (stream !== null) output.follow(stream);
  const running = follow(supervisor);
  tell(supervisor, { type: 'run', order: orderOf(command, args, options) });
  const pid = await running.started;
  return {
    pid,
    get running() {
      return !running.ended;
    },
    exited: running.exited,
    lastLines: (count = 20) => output.last(count),
    waitForLine: (pattern, timeoutMs = 120_000) => output.waitForLine(pattern, timeoutMs, running.exited),
    signal: (signal) => tell(supervisor, { type: 'signal', signal }),
    stop: () => endBy({ type: 'stop' }),
    kill: () => endBy({ type: 'signal', signal: 'SIGKILL' }),
    async [Symbol.asyncDispose]() {
      await endBy({ type: 'stop' });
    },
  };

  function endBy(message: ToSupervisor): Promise<Exit> {
    tell(supervisor, message);
    return running.exited;
  }
}

function startSupervisor(command: string): ChildProcess {
  const script = fileURLToPath(new URL('supervisor.ts', import.meta.url));
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, basename(command)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C is for us alone: we may still want to do something with the parts before they go.
    detached: true,
  });
}

function orderOf(command: string, args: readonly string[], options: ManagedOptions): Order {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...options.env }))
    if (value !== undefined) env[name] = value;
  return {
    command,
    args,
    cwd: options.cwd ?? process.cwd(),
    env,
    user: options.user,
    stopSignal: options.stopSignal ?? 'SIGTERM',
    graceMs: options.graceMs ?? 10_000,
    removeWhenOrphaned: options.removeWhenOrphaned ?? [],
  };
}

function follow(supervisor: ChildProcess): {
  started: Promise<number>;
  exited: Promise<Exit>;
  ended: boolean;
} {
  const started = Promise.withResolvers<number>();
  let pid: number | undefined;
  let exit: Exit | undefined;
  supervisor.on('message', (message: FromSupervisor) => {
    if (message.type === 'exited') exit = { code: message.code, signal: message.signal };
    else if (message.type === 'failed') started.reject(new Error(message.reason));
    else started.resolve((pid = message.pid));
  });
  supervisor.once('error', started.reject);
  supervisor.once('exit', () => {
    // Killed, that is: then its command would stay.
    if (exit === undefined && pid !== undefined) killGroup(pid);
  });
  const state = { started: started.promise, exited: endOf(supervisor), ended: false };
  return state;

  async function endOf(process: ChildProcess): Promise<Exit> {
    // Its last message may come after its last output.
    await Promise.all([once(process, 'close'), once(process, 'disconnect')]).catch(() => undefined);
    state.ended = true;
    started.reject(new Error('Its supervisor ended'));
    return exit ?? { code: null, signal: null };
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has gone already.
  }
}

function tell(supervisor: ChildProcess, message: ToSupervisor): void {
  // The supervisor goes when its command has ended, possibly just now.
  if (supervisor.connected) supervisor.send(message, () => undefined);
}
