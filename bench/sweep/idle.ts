import { createSweepTable, dueStatement } from '../../activities/adapters/sweep-table.ts';
import type { RowClass } from '../../activities/sweep/ports.ts';
import { PAGE_ROWS } from '../../activities/sweep/walk.ts';
import { Secret } from '../../contract/secret.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { spread } from '../harness/spread.ts';
import { median } from '../harness/statistics.ts';
import { planOf, serverMs, type Statement } from './explain.ts';
import type { FilledTable } from './table.ts';

const SAMPLES = { quick: 20, full: 1_000 } as const;
const WARM_UP = 20;

const CLASSES: readonly RowClass[] = ['repair', 'provision', 'suspend'];
const ALL = { after: null, upTo: null } as const;
const statementOf = (rows: RowClass): Statement => ({
  text: dueStatement('"users_user"', rows, ALL),
  values: [PAGE_ROWS],
});

/** What was found, and the plans behind it. */
export interface Explored extends Findings {
  readonly plans: readonly string[];
}

/** A sweep that finds nothing: three looks, in the time of the server and in that of the worker. Both tables take turns. */
export async function measureIdle(
  { quick, log }: BenchContext,
  { small, large }: { readonly small: FilledTable; readonly large: FilledTable },
): Promise<Explored> {
  const samples = quick ? SAMPLES.quick : SAMPLES.full;
  log(`${samples} sweeps that find nothing, on each table`);
  const few = await openTable(small);
  const many = await openTable(large);
  for (let index = -WARM_UP; index < samples; index++)
    for (const side of [few, many]) await side.sample(index >= 0);
  await few.close();
  await many.close();
  const plans: string[] = [];
  for (const { users, connection } of [small, large])
    for (const rows of CLASSES)
      plans.push(await planOf(connection, `${rows}, among ${users} users`, statementOf(rows)));
  return {
    rows: [few, many].flatMap(({ users, server, worker }) => [
      ...spread(`sweep that finds nothing among ${users}, in PostgreSQL`, server, [50, 95]),
      ...spread(`the same, as the worker sees it`, worker, [50, 95]),
    ]),
    figures: {
      idle_ms_100k: median(few.server),
      idle_ms_1m: median(many.server),
      idle_1m_vs_100k: median(many.server) / median(few.server),
    },
    plans,
  };
}

async function openTable({ users, database, connection }: FilledTable) {
  const table = createSweepTable({
    connectionString: new Secret(database.workerUrl),
    table: 'users_user',
    poolSize: 1,
  });
  const server: number[] = [];
  const worker: number[] = [];
  return {
    users,
    server,
    worker,
    async sample(counts: boolean): Promise<void> {
      let inServer = 0;
      for (const rows of CLASSES) inServer += await serverMs(connection, statementOf(rows));
      const begin = performance.now();
      for (const rows of CLASSES) {
        const due = await table.due(rows, ALL, PAGE_ROWS);
        if (due.length > 0) throw new Error(`There is something to ${rows}`);
      }
      if (!counts) return;
      worker.push(performance.now() - begin);
      server.push(inServer);
    },
    close: () => table.close(),
  };
}
