import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runToEnd, spawnManaged, type ManagedProcess } from '../../tools/parts/index.ts';
import type { WorkerEnvironment } from '../../tools/processes/worker.ts';
import { onCore } from './cores.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `build`: as in production, `npm run build` and then `node dist/workers/main.js`. `source`: TypeScript, bundled at start. */
export type WorkerForm = 'build' | 'source';

const MAIN: Readonly<Record<WorkerForm, readonly string[]>> = {
  build: [`${ROOT}dist/workers/main.js`],
  source: ['--disable-warning=ExperimentalWarning', `${ROOT}workers/main.ts`],
};

/** Builds the worker into `dist/`, where production has it too. */
export async function buildWorker(): Promise<void> {
  await runToEnd('npm', ['run', '--silent', 'build'], { cwd: ROOT });
}

/** A worker that polls. */
export interface BenchWorker extends AsyncDisposable {
  readonly process: ManagedProcess;
  /** From the start of its process to its state RUNNING. */
  readonly startMs: number;
}

/** How to start it. */
export interface BenchWorkerOptions {
  /** Default: `build`. */
  readonly form?: WorkerForm;
  readonly core: number | undefined;
  /** For Node itself, to try out what they do. */
  readonly nodeFlags?: readonly string[];
}

/** Starts a worker in a process of its own. Nothing of this process's environment reaches it but PATH and HOME. */
export async function startBenchWorker(
  environment: WorkerEnvironment,
  { form = 'build', core, nodeFlags = [] }: BenchWorkerOptions,
): Promise<BenchWorker> {
  const cleared = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const { PATH, HOME } = process.env;
  const own = { HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0', NODE_ENV: 'production' };
  const [command, args] = onCore(core, process.execPath, [...nodeFlags, ...MAIN[form]]);
  const worker = await spawnManaged(command, args, {
    env: { ...cleared, PATH, HOME, ...own, ...environment },
    graceMs: 30_000,
  });
  // It was started a millisecond ago: what its supervisor needed for itself is not the worker's.
  const startedAt = performance.now();
  // The last line before RUNNING. RUNNING itself is logged by Temporal's SDK, which holds its lines back for 100 to 200 ms.
  await worker.waitForLine(/"The worker polls"/);
  const startMs = performance.now() - startedAt;
  return { process: worker, startMs, [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose]() };
}

const KB_PER_MB = 1024;

/** The memory that a process holds (resident set), in MB. */
export async function residentMb(pid: number): Promise<number> {
  const kb =
    process.platform === 'linux'
      ? /^VmRSS:\s*(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
      : await runToEnd('ps', ['-o', 'rss=', '-p', String(pid)]);
  if (kb === undefined) throw new Error(`The system does not say what memory process ${pid} holds`);
  return Number(kb) / KB_PER_MB;
}
