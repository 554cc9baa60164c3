import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runToEnd, spawnManaged, type ManagedProcess } from '../../tools/parts/index.ts';
import type { WorkerEnvironment } from '../../tools/processes/worker.ts';
import { onCore } from './cores.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** `build`: `npm run build`, then the command of `npm start`, as in production. `source`: TypeScript, bundled at start. */
export type WorkerForm = 'build' | 'source';

/** What Node is given to run the worker. */
async function nodeArguments(form: WorkerForm): Promise<readonly string[]> {
  if (form === 'source') return ['--disable-warning=ExperimentalWarning', 'workers/main.ts'];
  const { scripts } = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8')) as {
    scripts: { start: string };
  };
  const [command, ...args] = scripts.start.split(' ');
  // Its flags decide about memory, so that a copy of it here would measure something else one day.
  if (command !== 'node') throw new Error(`npm start is not a plain node command: ${scripts.start}`);
  return args;
}

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
  /** Hears every line of its output. */
  readonly onLine?: (line: string) => void;
}

/** Starts a worker in a process of its own. Nothing of this process's environment reaches it but PATH and HOME. */
export async function startBenchWorker(
  environment: WorkerEnvironment,
  { form = 'build', core, nodeFlags = [], onLine }: BenchWorkerOptions,
): Promise<BenchWorker> {
  const cleared = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const { PATH, HOME } = process.env;
  const own = { HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0', NODE_ENV: 'production' };
  const [command, args] = onCore(core, process.execPath, [...nodeFlags, ...(await nodeArguments(form))]);
  const worker = await spawnManaged(command, args, {
    cwd: ROOT,
    env: { ...cleared, PATH, HOME, ...own, ...environment },
    graceMs: 30_000,
    ...(onLine === undefined ? {} : { onLine }),
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
