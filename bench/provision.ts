import type { Bench } from './harness/bench.ts';
import { buildWorker } from './harness/worker.ts';
import { measureBusyLane } from './provision/busy-lane.ts';
import { measureSignUpLatency } from './provision/sign-up-latency.ts';
import { measureWorkerMemory } from './provision/worker-memory.ts';
import { measureWorkerStart } from './provision/worker-start.ts';

/** A sign-up, from the start of its workflow to a usable session, against LibreChat's bare calls. */
export const provision: Bench = {
  name: 'provision',
  about: 'sign-ups against the bare calls, start and memory of a worker',
  async run(context) {
    context.log('Building the worker');
    await buildWorker();
    const all = [
      await measureBusyLane(context),
      await measureSignUpLatency(context),
      await measureWorkerStart(context),
      await measureWorkerMemory(context),
    ];
    return {
      rows: all.flatMap(({ rows }) => rows),
      figures: Object.assign({}, ...all.map(({ figures }) => figures)) as Record<string, number>,
    };
  },
};
