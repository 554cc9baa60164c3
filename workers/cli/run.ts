import { BridgeError } from '../../contract/errors.ts';
import { adopt } from './adopt.ts';
import { capacity } from './capacity.ts';
import { CommandFailed, EXIT, UsageError, type Command, type ExitCode, type Terminal } from './command.ts';
import { deleteAccount, suspend } from './end-account.ts';
import { fleet } from './fleet.ts';
import { orphans } from './orphans.ts';
import { rewrap } from './rewrap.ts';
import { rotate } from './rotate.ts';
import { schedules } from './schedules.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  adopt,
  capacity,
  'delete-account': deleteAccount,
  fleet,
  orphans,
  rewrap,
  rotate,
  schedules,
  suspend,
};

const HELP = `What an operator does by hand. Usage: <command> [arguments], or <command> --help

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  .join('\n')}

Exits with 0 when it is done, 1 when it failed, 2 when the command line makes no sense, 78 when a variable is missing or
wrong. docs/cli.md tells more.`;

/**
 * Runs the command that the first argument names. Never throws.
 *
 * @returns what the process should exit with
 */
export async function runCommand([name, ...args]: readonly string[], terminal: Terminal): Promise<ExitCode> {
  if (name === undefined || name === '--help' || name === '-h') {
    terminal.out(HELP);
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    terminal.note(`There is no such command. There are ${Object.keys(COMMANDS).join(', ')}.`);
    return EXIT.usage;
  }
  if (args.includes('--help') || args.includes('-h')) {
    terminal.out(command.help);
    return EXIT.ok;
  }
  try {
    return await command.run(args, terminal);
  } catch (error) {
    return tellError(error, name, terminal);
  }
}

/** One line with the code, what happened and what to do. No other error's text is shown: it may hold anything. */
function tellError(error: unknown, name: string, { note }: Terminal): ExitCode {
  if (error instanceof UsageError) {
    note(`${error.message}. See: ${name} --help`);
    return EXIT.usage;
  }
  if (error instanceof CommandFailed) {
    note(`${error.message}.`);
    return EXIT.failed;
  }
  if (error instanceof BridgeError) {
    note(`${error.code}: ${error.message}`);
    if (error.code === 'InvalidUserId') return EXIT.usage;
    return error.code === 'ConfigurationInvalid' ? EXIT.configuration : EXIT.failed;
  }
  note(`A defect of this program: ${error instanceof Error ? error.name : typeof error}. Please report it.`);
  return EXIT.failed;
}
