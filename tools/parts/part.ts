import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManagedProcess } from './managed-process.ts';
import { waitUntil } from './wait-until.ts';

/** Where progress of long steps is told. */
export type Log = (line: string) => void;

/** A running Temporal, PostgreSQL or Redis. Disposal ends it for good and removes its data. */
export interface Part extends AsyncDisposable {
  /** Undefined while it is stopped, and for one that somebody else has started. */
  readonly pid: number | undefined;
  /** Ends it in its own way. Its data stay for `restart`, if it keeps any. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGSTOP makes it hang with its connections open, SIGCONT lets it go on. */
  signal(signal: NodeJS.Signals): void;
  /** Starts it again on the same port, after stopping it if need be. Returns when it answers. */
  restart(): Promise<void>;
}

/** A part that cannot be had on this machine: which, why, and what would help. */
export class PartUnavailable extends Error {
  constructor(part: string, why: string, help: string, cause?: unknown) {
    super(`${part} cannot be started: ${why}\n  What helps: ${help}`, { cause });
    this.name = 'PartUnavailable';
  }
}

export interface PartPlan {
  readonly name: string;
  readonly help: string;
  readonly launch: () => Promise<ManagedProcess>;
  /** Answers true when the part does its work; may throw as long as it does not. */
  readonly isReady: () => Promise<boolean>;
  /** Its data. */
  readonly folder?: string;
}

const READY_TIMEOUT_MS = 60_000;

/** Starts a part of our own and returns when it is ready. */
export async function startOwnPart(plan: PartPlan): Promise<Part> {
  let current: ManagedProcess | undefined;
  const stop = async (): Promise<void> => void (await current?.stop());
  const start = async (): Promise<void> => {
    current = await launchUntilReady(plan);
  };
  const dispose = async (): Promise<void> => {
    await stop();
    if (plan.folder !== undefined) await rm(plan.folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await dispose();
    throw new PartUnavailable(plan.name, messageOf(error), plan.help, error);
  }
  return {
    get pid() {
      return current?.running === true ? current.pid : undefined;
    },
    stop,
    kill: async () => void (await current?.kill()),
    signal: (signal) => current?.signal(signal),
    async restart() {
      await stop();
      await start();
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A part that runs elsewhere: it can be used, but is not ours to stop. */
export async function foreignPart(plan: {
  readonly name: string;
  readonly variable: string;
  readonly isReady: () => Promise<boolean>;
}): Promise<Part> {
  try {
    await waitUntil('It did not answer', plan.isReady, 2_000);
  } catch (error) {
    const help = `start it, or unset ${plan.variable} to have one started`;
    throw new PartUnavailable(plan.name, `${plan.variable} is set. ${messageOf(error)}`, help, error);
  }
  const refuse = (): never => {
    throw new Error(`${plan.name} was not started here (${plan.variable}), so it is not stopped here either`);
  };
  return {
    pid: undefined,
    stop: async () => refuse(),
    kill: async () => refuse(),
    signal: refuse,
    restart: async () => refuse(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A folder for the data of one part. */
export const temporaryFolder = (part: string): Promise<string> => mkdtemp(join(tmpdir(), `hestami-${part}-`));

/** The message of an error with those of its causes. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message} (${messageOf(error.cause)})`;
}

async function launchUntilReady({ launch, isReady }: PartPlan): Promise<ManagedProcess> {
  const process = await launch();
  let died = false;
  const readyOrDead = async (): Promise<boolean> => {
    died = !process.running;
    return died || (await isReady());
  };
  try {
    await waitUntil('It did not get ready', readyOrDead, READY_TIMEOUT_MS);
    if (died) throw new Error('It ended at once');
    return process;
  } catch (error) {
    await process.kill();
    throw new Error(`${messageOf(error)}. Its last lines:\n${process.lastLines().join('\n')}`, {
      cause: error,
    });
  }
}
