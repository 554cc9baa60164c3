import { rotateCredential } from '../../client/temporal/index.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import type { BenchContext } from '../harness/bench.ts';
import { openSetting, type Setting } from '../harness/setting.ts';
import { startBenchWorker, type BenchWorker } from '../harness/worker.ts';
import { readSeen, type Seen } from './seen.ts';

/** Where rotation is measured: a world with one worker, which the probe watches. */
export interface RotateSetting extends AsyncDisposable {
  readonly world: Setting['world'];
  readonly worker: BenchWorker;
  /** What the probe has told; complete once the worker has stopped. */
  readonly seen: readonly Seen[];
  readonly addProvisioned: Setting['addProvisioned'];
  /** Rotates as the product's callers do, and waits for the verdict. */
  readonly rotate: (id: string) => Promise<void>;
}

/** Longer than a rotation can take on a machine with neighbours. */
const PATIENCE = { waitMs: 120_000, deadlineMs: 10_000 } as const;

export async function openRotateSetting(
  context: BenchContext,
  standInFlags: StandInFlags = {},
): Promise<RotateSetting> {
  const setting = await openSetting(context, standInFlags);
  const { world, cores } = setting;
  const seen: Seen[] = [];
  const worker = await startBenchWorker(world.environment, {
    core: cores.worker,
    nodeFlags: [
      '--disable-warning=ExperimentalWarning',
      '--import',
      import.meta.resolve('./worker-probe.ts'),
    ],
    onLine: (line) => {
      const one = readSeen(line);
      if (one !== undefined) seen.push(one);
    },
  });
  return {
    world,
    worker,
    seen,
    addProvisioned: setting.addProvisioned,
    async rotate(id) {
      const options = { reason: 'manual', taskQueue: world.taskQueue, ...PATIENCE } as const;
      const end = await rotateCredential(world.client, parseDjangoUserId(id), options);
      if (end.outcome !== 'rotated') throw new Error(`A rotation ended as ${JSON.stringify(end)}`);
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await setting[Symbol.asyncDispose]();
    },
  };
}

/** Heartbeats that the worker's activities have sent. */
export const heartbeatsIn = (seen: readonly Seen[]): number =>
  seen.filter(({ kind }) => kind === 'heartbeat').length;
