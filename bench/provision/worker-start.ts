import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { median, quantile } from '../harness/statistics.ts';
import { startBenchWorker, type WorkerForm } from '../harness/worker.ts';
import { openSetting } from './setting.ts';

const STARTS = { quick: { build: 2, source: 1 }, full: { build: 9, source: 3 } } as const;
const FORMS = ['build', 'source'] as const satisfies readonly WorkerForm[];

/** From the start of the process to RUNNING: with the bundle of the build, and from source, where it is bundled first. */
export async function measureWorkerStart(context: BenchContext): Promise<Findings> {
  await using setting = await openSetting(context);
  const { world, cores } = setting;
  const taken: Record<WorkerForm, number[]> = { build: [], source: [] };
  for (const form of FORMS) {
    const count = STARTS[context.quick ? 'quick' : 'full'][form];
    context.log(`Starting a worker ${count} times, from its ${form}`);
    for (let index = 0; index < count; index++) {
      await using worker = await startBenchWorker(world.environment, { form, core: cores.worker });
      taken[form].push(worker.startMs);
    }
  }
  const rows = FORMS.flatMap((form): Row[] => [
    { label: `worker start from its ${form}, median`, value: median(taken[form]), unit: 'ms' },
    { label: `worker start from its ${form}, slowest`, value: quantile(taken[form], 1), unit: 'ms' },
  ]);
  return { rows, figures: { worker_start_ms: median(taken.build) } };
}
