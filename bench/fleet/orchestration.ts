import { readFile } from 'node:fs/promises';
import { billedActions } from '../../tools/billed-actions.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { openFleetSetting, runsOf } from './setting.ts';

const USERS = { quick: 60, full: 800 } as const;

/** What a fleet run costs besides LibreChat: hashes cost nothing here, so that all of it is ours and Temporal's. */
export async function measureOrchestration(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  const count = USERS[quick ? 'quick' : 'full'];
  log(`A fleet run over ${count} users, at no cost of hashing`);
  await using setting = await openFleetSetting(context, count, { 'bcrypt-cost': 4 });
  const { world, worker, start, ended } = setting;
  const cpuBefore = await cpuMs(worker.process.pid);
  const startedAt = performance.now();
  await start({ mode: 'due' });
  await ended();
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = (await cpuMs(worker.process.pid)) - cpuBefore;
  const runs = await runsOf(setting);
  let actions = 0;
  for (const { workflowId, runId } of runs)
    actions += billedActions(await world.client.workflow.getHandle(workflowId, runId).fetchHistory()).length;
  const bytes = runs.reduce((sum, run) => sum + run.bytes, 0);
  return {
    rows: [
      { label: 'worker’s CPU time for one user', value: cpu / count, unit: 'ms' },
      { label: 'histories of one user, the run’s own included', value: bytes / count / 1_024, unit: 'KiB' },
      { label: 'runs of coordinator, shards and rotations', value: runs.length, unit: '' },
    ],
    figures: {
      users_per_second: count / seconds,
      cpu_ms_per_user: cpu / count,
      actions_per_user: actions / count,
      history_bytes_per_user: bytes / count,
    },
  };
}

/** Of `/proc/PID/stat`, where times are in hundredths of a second. */
const TICK_MS = 10;

/** The time that a process has computed, in ms: user and system. Linux only. */
async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  // The second field is the command in parentheses, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
