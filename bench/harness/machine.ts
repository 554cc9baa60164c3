import { availableParallelism, cpus, loadavg, totalmem, type as osType, release } from 'node:os';
import { runToEnd } from '../../tools/parts/index.ts';

/** What a result was measured on: enough to judge it, nothing that tells whose machine it was. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly os: string;
  readonly node: string;
}

const BYTES_PER_GB = 1024 ** 3;

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round((totalmem() / BYTES_PER_GB) * 10) / 10,
    os: `${osType()} ${release()}`,
    node: process.version,
  };
}

/** Processes that want a core, averaged over the last minute. Before a bench it should be near 0. */
export const loadOfLastMinute = (): number => loadavg()[0] ?? 0;

/** The commit that is checked out, with `+` where files of the project differ from it. */
export async function currentCommit(): Promise<string> {
  const cwd = import.meta.dirname;
  const commit = await runToEnd('git', ['rev-parse', '--short=12', 'HEAD'], { cwd });
  // A result that is being replaced is no difference that matters.
  const status = ['status', '--porcelain', '--untracked-files=no', '--', ':/', ':(exclude,top)bench/results'];
  const changes = await runToEnd('git', status, { cwd });
  return commit.trim() + (changes.trim() === '' ? '' : '+');
}
