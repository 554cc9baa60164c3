import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { openSetting } from '../harness/setting.ts';
import { median, quantile } from '../harness/statistics.ts';
import { startBenchWorker, type WorkerForm } from '../harness/worker.ts';

/** A worker that starts shares its machine with nobody in particular, so these are not pinned but for one row. */
interface Start {
  readonly label: string;
  readonly form: WorkerForm;
  readonly pinned: boolean;
  readonly quick: number;
  readonly full: number;
}

const STARTS: readonly [Start, ...Start[]] = [
  { label: 'from its build', form: 'build', pinned: false, quick: 3, full: 11 },
  { label: 'from its build, on one core', form: 'build', pinned: true, quick: 1, full: 5 },
  { label: 'from source', form: 'source', pinned: false, quick: 1, full: 3 },
];

/** From the start of the process to RUNNING: with the bundle of the build, and from source, where it is bundled first. */
export async function measureWorkerStart(context: BenchContext): Promise<Findings> {
  await using setting = await openSetting(context);
  const { world, cores } = setting;
  const rows: Row[] = [];
  const medians: number[] = [];
  for (const start of STARTS) {
    const count = start[context.quick ? 'quick' : 'full'];
    context.log(`Starting a worker ${count} times, ${start.label}`);
    const taken: number[] = [];
    for (let index = 0; index < count; index++) {
      const core = start.pinned ? cores.worker : undefined;
      await using worker = await startBenchWorker(world.environment, { form: start.form, core });
      taken.push(worker.startMs);
    }
    medians.push(median(taken));
    rows.push(
      { label: `worker start ${start.label}, median`, value: median(taken), unit: 'ms' },
      { label: `worker start ${start.label}, least`, value: quantile(taken, 0), unit: 'ms' },
      { label: `worker start ${start.label}, greatest`, value: quantile(taken, 1), unit: 'ms' },
    );
  }
  return { rows, figures: { worker_start_ms: medians[0] ?? Number.NaN } };
}
