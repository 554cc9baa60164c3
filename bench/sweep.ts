import { writeFile } from 'node:fs/promises';
import type { Bench } from './harness/bench.ts';
import { measurePages } from './sweep/pages.ts';
import { measureIdle } from './sweep/idle.ts';
import { fillTable } from './sweep/table.ts';

/** The plans that the figures come from, as text for people. */
const PLANS = new URL('results/sweep-explain.txt', import.meta.url);

/** What a sweep and a page of the fleet cost PostgreSQL, among few and among many users. */
export const sweep: Bench = {
  name: 'sweep',
  about: 'a sweep that finds nothing, and a page that is due, among 100,000 and 1,000,000 users',
  async run(context) {
    const { quick, parts, log } = context;
    const [few, many] = quick ? [10_000, 50_000] : [100_000, 1_000_000];
    log(`Filling a table with ${few} users, and one with ${many}`);
    await using small = await fillTable(parts.postgres.adminUrl, few);
    await using large = await fillTable(parts.postgres.adminUrl, many);
    const idle = await measureIdle(context, { small, large });
    const pages = await measurePages(context, { small, large });
    if (!quick) await writeFile(PLANS, `${[...idle.plans, ...pages.plans].join('\n\n')}\n`);
    return {
      rows: [...idle.rows, ...pages.rows],
      figures: { ...idle.figures, ...pages.figures },
    };
  },
};
