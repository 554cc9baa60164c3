import { fileURLToPath } from 'node:url';
import { spawnManaged, type ManagedProcess } from '../parts/managed-process.ts';

/** A worker in a process of its own: `workers/main.ts` as it is run in production, from source. */
export interface WorkerProcess {
  readonly process: ManagedProcess;
  /** Everything that it has logged so far. */
  readonly log: readonly string[];
  /** Where `/healthz` and `/readyz` are. */
  readonly healthUrl: string;
}

/** Environment variables of the worker. Nothing of this process's own environment reaches it but PATH and HOME. */
export type WorkerEnvironment = Readonly<Record<string, string | undefined>>;

const MAIN = fileURLToPath(new URL('../../workers/main.ts', import.meta.url));

/** Starts a worker without waiting for anything. */
export async function spawnWorker(
  environment: WorkerEnvironment,
  log: string[] = [],
): Promise<ManagedProcess> {
  const cleared = Object.fromEntries(Object.keys(process.env).map((name) => [name, undefined]));
  const { PATH, HOME } = process.env;
  return spawnManaged(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: {
      ...cleared,
      PATH,
      HOME,
      HEALTH_HOST: '127.0.0.1',
      HEALTH_PORT: '0',
      WORKFLOW_BUNDLE: process.env['WORKFLOW_BUNDLE'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...environment,
    },
    graceMs: 30_000,
    onLine: (line) => log.push(line),
  });
}

/** Starts a worker and waits until it polls. */
export async function startWorker(environment: WorkerEnvironment): Promise<WorkerProcess> {
  const log: string[] = [];
  const worker = await spawnWorker(environment, log);
  await worker.waitForLine(/"state":"RUNNING"/);
  const polls = await worker.waitForLine(/"The worker polls"/);
  const { healthPort } = JSON.parse(polls) as { healthPort: number };
  return { process: worker, log, healthUrl: `http://127.0.0.1:${healthPort}` };
}
