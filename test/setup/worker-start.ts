import { spawnWorker, type WorkerEnvironment } from '../../tools/processes/worker.ts';

/** A worker that ended before it polled. */
export interface FailedStart {
  readonly code: number | null;
  /** Everything that it has printed. */
  readonly lines: readonly string[];
  readonly seconds: number;
}

/** Starts a worker and waits until it has ended; throws when it polls instead. */
export async function failedStart(environment: WorkerEnvironment): Promise<FailedStart> {
  const begin = performance.now();
  const lines: string[] = [];
  await using worker = await spawnWorker(environment, lines);
  const polls = worker.waitForLine(/"The worker polls"/, 60_000).then(
    () => true,
    () => false,
  );
  if (await polls) throw new Error('It polls');
  const { code } = await worker.exited;
  return { code, lines, seconds: (performance.now() - begin) / 1_000 };
}
