import { measureBusyLane } from './fleet/busy-lane.ts';
import { measureHarm } from './fleet/harm.ts';
import { measureOrchestration } from './fleet/orchestration.ts';
import type { Bench } from './harness/bench.ts';
import { buildWorker } from './harness/worker.ts';

/** A fleet run against the bare calls, what it costs besides them, and what it costs others. */
export const fleet: Bench = {
  name: 'fleet',
  about: 'fleet runs against the bare calls, their own cost, and what they do to other calls',
  async run(context) {
    context.log('Building the worker');
    await buildWorker();
    const all = [
      await measureBusyLane(context),
      await measureOrchestration(context),
      await measureHarm(context),
    ];
    return {
      rows: all.flatMap(({ rows }) => rows),
      figures: Object.assign({}, ...all.map(({ figures }) => figures)) as Record<string, number>,
    };
  },
};
