import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { WorkerEnvironment } from '../../tools/processes/worker.ts';

const MAIN = fileURLToPath(new URL('../../workers/cli/main.ts', import.meta.url));
const LONGEST_MS = 170_000;
/** Who gives the commands, as their record has it: tests may run as root, which is nobody in particular. */
export const OPERATOR = 'ada';

/** What an operator saw. */
export interface CliResult {
  readonly code: number | null;
  readonly out: string;
  /** Standard error. */
  readonly notes: string;
}

/** Starts a command of `workers/cli/` in a process of its own, with this environment, the operator's name and nothing of ours. */
export function startCli(args: readonly string[], environment: WorkerEnvironment) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, NODE_COMPILE_CACHE, AUDIT_BY: OPERATOR, ...environment },
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const ended = async (): Promise<CliResult> => {
    const [[code], out, notes] = await Promise.all([
      once(child, 'exit') as Promise<[number | null]>,
      text(child.stdout),
      text(child.stderr),
    ]);
    return { code, out, notes };
  };
  return { child, result: ended() };
}

/** Runs a command to its end. */
export const runCli = (args: readonly string[], environment: WorkerEnvironment): Promise<CliResult> =>
  startCli(args, environment).result;
