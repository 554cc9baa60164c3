import { writeFileSync } from 'node:fs';
import { HELP, readOptions, type ContractOptions } from './options.ts';
import { report } from './report.ts';
import { runContract } from './run.ts';
import { Refusal } from './server.ts';

async function main(): Promise<number> {
  let options: ContractOptions | undefined;
  try {
    options = readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error('node test/contract/main.ts --help says more.');
    return 2;
  }
  if (options === undefined) {
    console.log(HELP);
    return 0;
  }
  try {
    const run = await runContract(options);
    if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(run, null, 2)}\n`);
    console.log(report(run));
    return run.results.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`The contract suite did not start:\n${error.message}`);
    return 2;
  }
}

process.exitCode = await main();
