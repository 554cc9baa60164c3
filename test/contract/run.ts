import { CASES } from './cases/index.ts';
import { COST_NAMES, Undecided, type ContractCase } from './contract-case.ts';
import { CaseContext } from './context.ts';
import { Mask } from './mask.ts';
import type { ContractOptions } from './options.ts';
import { configProblems, costOf, inspect, limitProblems, needsOpenServer, Refusal } from './server.ts';
import { tryOut } from './try-out.ts';

/** What came of a case. */
export interface CaseResult {
  readonly route: string;
  readonly claim: string;
  readonly verdict: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped, or what was expected and what came instead; without secrets. */
  readonly reason?: string;
  readonly ms: number;
}

/** What came of a run, in the order of the cases. */
export interface ContractRun {
  readonly url: string;
  readonly cost: Readonly<Record<string, number>>;
  readonly results: readonly CaseResult[];
  /** Registered addresses that could not be deleted again. */
  readonly left: readonly string[];
}

/**
 * Runs the suite.
 *
 * @throws Refusal when the server is not set up for it; it says what to change
 */
export async function runContract(options: ContractOptions): Promise<ContractRun> {
  const cases = select(options.routes);
  const mask = new Mask();
  if (options.admin !== undefined) mask.add(options.admin.password);
  const server = await inspect(options);
  const usual = needsOpenServer(cases);
  const problems = [...limitProblems(server, cases, Date.now()), ...(usual ? configProblems(server) : [])];
  if (problems.length > 0) throw new Refusal(problems);
  if (usual) await tryOut(new CaseContext(server, mask));
  const left: string[] = [];
  const results = await inParallel(options.concurrency, cases, async (each) => {
    const context = new CaseContext(server, mask);
    const result = await runCase(each, context);
    left.push(...(await context.cleanUp()));
    return result;
  });
  return { url: options.url, cost: { ...costOf(cases) }, results, left };
}

function select(routes: readonly string[]): readonly ContractCase[] {
  const known = new Set(CASES.map(({ route }) => route));
  const unknown = routes.filter((route) => !known.has(route));
  if (unknown.length > 0)
    throw new Refusal([`there is no route ${unknown.join(', ')}; there are ${[...known].join(', ')}`]);
  return routes.length === 0 ? CASES : CASES.filter(({ route }) => routes.includes(route));
}

async function runCase(each: ContractCase, context: CaseContext): Promise<CaseResult> {
  const { route, claim } = each;
  const startedAt = performance.now();
  const result = (verdict: CaseResult['verdict'], reason?: string): CaseResult => {
    const ms = Math.round(performance.now() - startedAt);
    return { route, claim, verdict, ms, ...(reason === undefined ? {} : { reason }) };
  };
  try {
    await each.run(context);
    const { made, bill } = context.http;
    const tooMany = COST_NAMES.filter((name) => made[name] > (each.cost[name] ?? 0));
    if (tooMany.length === 0) return result('passed');
    return result('failed', `it made ${bill}, more ${tooMany.join(', ')} than it says`);
  } catch (error) {
    if (error instanceof Undecided) return result('skipped', error.message);
    return result('failed', context.mask.hide(error instanceof Error ? error.message : String(error)));
  }
}

async function inParallel<T, R>(
  lanes: number,
  items: readonly T[],
  run: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [at, item] of queue) results[at] = await run(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}
