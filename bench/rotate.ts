import type { Bench } from './harness/bench.ts';
import { buildWorker } from './harness/worker.ts';
import { measureBusyLane } from './rotate/busy-lane.ts';
import { measureGap } from './rotate/gap.ts';
import { measureRotationLatency } from './rotate/rotation-latency.ts';

/** A rotation, from its start to its verdict, against LibreChat's bare calls. */
export const rotate: Bench = {
  name: 'rotate',
  about: 'rotations against the bare calls, and the gap between LibreChat and the row',
  async run(context) {
    context.log('Building the worker');
    await buildWorker();
    const all = [
      await measureBusyLane(context),
      await measureRotationLatency(context),
      await measureGap(context),
    ];
    return {
      rows: all.flatMap(({ rows }) => rows),
      figures: Object.assign({}, ...all.map(({ figures }) => figures)) as Record<string, number>,
    };
  },
};
