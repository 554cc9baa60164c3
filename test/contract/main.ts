import { writeFileSync } from 'node:fs';
import { runOnStandIns } from './on-standin.ts';
import { HELP, readCommand, type Command } from './options.ts';
import { report } from './report.ts';
import { runContract } from './run.ts';
import { Refusal } from './server.ts';

/** Returns the exit code. */
async function main(): Promise<number> {
  let command: Command;
  try {
    command = readCommand(process.argv.slice(2), process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    console.error('`npm run contract -- --help` says more.');
    return 2;
  }
  if (command.kind === 'help') {
    console.log(HELP);
    return 0;
  }
  return run(command);
}

async function run(command: Exclude<Command, { kind: 'help' }>): Promise<number> {
  try {
    const run = await (command.kind === 'run' ? runContract(command.options) : runOnStandIns());
    if (command.jsonFile !== undefined) writeFileSync(command.jsonFile, `${JSON.stringify(run, null, 2)}\n`);
    console.log(report(run));
    return run.results.some(({ verdict }) => verdict === 'failed') ? 1 : 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    console.error(`The contract suite did not start:\n${error.message}`);
    return 2;
  }
}

process.exitCode = await main();
