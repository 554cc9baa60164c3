import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { openSetting } from '../harness/setting.ts';
import { residentMb, startBenchWorker } from '../harness/worker.ts';

const STEPS = { quick: [50, 100], full: [250, 500, 1_000] } as const;
/** Started at once, and again when all are done. */
const AT_ONCE = 50;

/** What a worker holds at its start and after many provisionings. Cheap hashes: memory is not about the time they take. */
export async function measureWorkerMemory(context: BenchContext): Promise<Findings> {
  await using setting = await openSetting(context, { 'bcrypt-cost': 4 });
  const { world, cores, addUsers } = setting;
  await using worker = await startBenchWorker(world.environment, { core: cores.worker });
  const { pid } = worker.process;
  const atStart = await residentMb(pid);
  const rows: Row[] = [{ label: 'worker memory at its start', value: atStart, unit: 'MB' }];
  let done = 0;
  const startedAt = performance.now();
  for (const step of STEPS[context.quick ? 'quick' : 'full']) {
    context.log(`Provisioning up to ${step} users, watching the worker's memory`);
    for (; done < step; done += AT_ONCE) {
      const ids = await addUsers(AT_ONCE);
      await Promise.all(ids.map(async (id) => (await world.provision(id)).result()));
    }
    rows.push({ label: `worker memory after ${step}`, value: await residentMb(pid), unit: 'MB' });
  }
  const perSecond = (done * 1_000) / (performance.now() - startedAt);
  rows.push({ label: 'sign-ups with hashes that cost nothing', value: perSecond, unit: '1/s' });
  return { rows, figures: { worker_rss_mb: await residentMb(pid) } };
}
