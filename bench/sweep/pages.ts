import { createFleetTable, pageStatement } from '../../activities/adapters/fleet-table.ts';
import type { DueUser } from '../../contract/due.ts';
import { Secret } from '../../contract/secret.ts';
import type { BenchContext } from '../harness/bench.ts';
import { spread } from '../harness/spread.ts';
import { median } from '../harness/statistics.ts';
import { planOf, serverMs } from './explain.ts';
import type { Explored } from './idle.ts';
import type { FilledTable } from './table.ts';

const SAMPLES = { quick: 20, full: 500 } as const;
const WARM_UP = 10;
const PAGE = 100;
/** What is due is a thirtieth of all (s). */
const PERIOD_S = 30 * 86_400;

/** A page of what is due, the first one and one in the middle, in the time of the server and in that of the worker. */
export async function measurePages(
  { quick, log }: BenchContext,
  tables: { readonly small: FilledTable; readonly large: FilledTable },
): Promise<Explored> {
  const samples = quick ? SAMPLES.quick : SAMPLES.full;
  const parts = [];
  for (const table of [tables.small, tables.large]) {
    log(`${samples} pages of ${PAGE} that are due, among ${table.users}`);
    parts.push(await measure(table, samples));
  }
  return {
    rows: parts.flatMap(({ rows }) => rows),
    figures: { page_ms_1m: parts[1]?.worst ?? Number.NaN },
    plans: parts.flatMap(({ plans }) => plans),
  };
}

async function measure({ users, database, connection }: FilledTable, samples: number) {
  const table = createFleetTable({
    connectionString: new Secret(database.workerUrl),
    table: 'users_user',
    poolSize: 1,
  });
  const minted = { before: Math.floor(Date.now() / 1_000) - PERIOD_S };
  const middle = await pageInTheMiddle(table, minted, users);
  const places: readonly [string, DueUser | null][] = [
    ['first page', null],
    ['page in the middle', middle],
  ];
  const found = [];
  for (const [name, after] of places) {
    const statement = pageStatement('"users_user"', minted, after, PAGE);
    const server: number[] = [];
    const worker: number[] = [];
    for (let index = -WARM_UP; index < samples; index++) {
      const inServer = await serverMs(connection, statement);
      const begin = performance.now();
      if ((await table.page(minted, after, PAGE)).length < PAGE) throw new Error('The page is not full');
      if (index < 0) continue;
      worker.push(performance.now() - begin);
      server.push(inServer);
    }
    found.push({
      rows: [
        ...spread(`${name} of ${PAGE} among ${users}, in PostgreSQL`, server, [50, 95]),
        ...spread('the same, as the worker sees it', worker, [50, 95]),
      ],
      median: median(server),
      plan: await planOf(connection, `${name} that is due, among ${users} users`, statement),
    });
  }
  await table.close();
  return {
    rows: found.flatMap(({ rows }) => rows),
    worst: Math.max(...found.map((one) => one.median)),
    plans: found.map(({ plan }) => plan),
  };
}

/** The last user of the page from which half of what is due is still to come. */
async function pageInTheMiddle(
  table: ReturnType<typeof createFleetTable>,
  minted: { readonly before: number },
  users: number,
): Promise<DueUser | null> {
  const due = Math.floor((users * 0.9) / 31 / 2);
  return (await table.page(minted, null, due)).at(-1) ?? null;
}
