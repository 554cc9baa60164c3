/* node workers/cli/main.ts <command> … */
import { userInfo } from 'node:os';
import { runCommand } from './run.ts';

/** The first signal asks a command to end where a later one can go on; the second one ends it. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

/** A container may run under a user number that has no name. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}

/** Cut to the width of the terminal: a line that wraps cannot be written over. */
function rewrite(line: string): void {
  process.stdout.write(`\r\u001B[K${line.slice(0, process.stdout.columns - 1)}`);
}

process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  user: userName(),
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
  rewrite: process.stdout.isTTY ? rewrite : undefined,
  stopSignal,
});
