import type { Bench } from './harness/bench.ts';
import { buildWorker } from './harness/worker.ts';
import { measureActions } from './session/actions.ts';
import { measureClientPackage } from './session/client-package.ts';
import { measureCold } from './session/cold.ts';
import { measureRefresh } from './session/refresh.ts';
import { measureWarm } from './session/warm.ts';

/** What `session()` of the client costs: while a token is good, where a login or a refresh is needed, and to install. */
export const session: Bench = {
  name: 'session',
  about: 'sessions against a GET, a bare login and a bare refresh; the client as a package',
  async run(context) {
    context.log('Building the worker');
    await buildWorker();
    const all = [
      await measureWarm(context),
      await measureCold(context),
      await measureRefresh(context),
      await measureActions(context),
      await measureClientPackage(context),
    ];
    return {
      rows: all.flatMap(({ rows }) => rows),
      figures: Object.assign({}, ...all.map(({ figures }) => figures)) as Record<string, number>,
    };
  },
};
