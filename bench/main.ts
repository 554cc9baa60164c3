/* npm run bench -- NAME [--quick] */
import { parseArgs } from 'node:util';
import { startParts } from '../tools/parts/index.ts';
import { fleet } from './fleet.ts';
import type { Bench } from './harness/bench.ts';
import { currentCommit, describeMachine, loadOfLastMinute } from './harness/machine.ts';
import { save, table } from './harness/report.ts';
import { provision } from './provision.ts';
import { rotate } from './rotate.ts';
import { session } from './session.ts';
import { sweep } from './sweep.ts';

const BENCHES: readonly Bench[] = [provision, rotate, session, sweep, fleet];

const log = (line: string): void => console.error(`• ${line}`);

async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { quick: { type: 'boolean', default: false } },
  });
  const chosen = BENCHES.find(({ name }) => name === positionals[0]);
  if (chosen === undefined || positionals.length !== 1) {
    const list = BENCHES.map(({ name, about }) => `  ${name.padEnd(12)}${about}\n`).join('');
    process.stderr.write(`Usage: npm run bench -- NAME [--quick]\n\n${list}\nbench/README.md says more.\n`);
    return 1;
  }
  await measure(chosen, values.quick);
  return 0;
}

async function measure(bench: Bench, quick: boolean): Promise<void> {
  const about = {
    name: bench.name,
    commit: await currentCommit(),
    machine: describeMachine(),
    startedAt: new Date().toISOString(),
  };
  const load = { label: 'load of the machine before', value: loadOfLastMinute(), unit: 'processes' };
  log('Starting Temporal, PostgreSQL and Redis');
  await using parts = await startParts({ log });
  const { rows, figures } = await bench.run({ quick, parts, log });
  const result = { ...about, rows: [load, ...rows], figures };
  const { cpu, cores, memoryGb, os, node } = about.machine;
  console.log(`\n${about.name} at ${about.commit}, ${about.startedAt}`);
  console.log(`${cpu}, ${cores} cores, ${memoryGb} GB, ${os}, Node ${node}\n`);
  console.log(table(result));
  if (!quick) await save(result);
}

/** An error while something was being let go hides the one that came first, unless both are told. */
function tell(error: unknown): void {
  if (!(error instanceof SuppressedError)) return console.error(error);
  tell(error.suppressed);
  tell(error.error);
}

try {
  process.exitCode = await main();
} catch (error) {
  tell(error);
  process.exitCode = 1;
}
