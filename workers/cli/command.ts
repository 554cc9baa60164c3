import { parseArgs, type ParseArgsConfig } from 'node:util';

/** `sysexits.h` where it has a word for it. */
export const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 78 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** A person is waiting at the terminal: Temporal and a worker may take longer than in a request (ms). */
export const DEADLINE_MS = 10_000;

/** What a command may touch of its process. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The operating system's name for whoever runs it; undefined where it has none. */
  readonly user: string | undefined;
  /** Results, one line each. */
  readonly out: (line: string) => void;
  /** Progress and errors, one line each. */
  readonly note: (line: string) => void;
  /** On a terminal: writes over the last line, which an empty one takes away. Undefined elsewhere. */
  readonly rewrite?: ((line: string) => void) | undefined;
  /** From this call on, the first SIGINT or SIGTERM does not end the process but aborts the signal. */
  readonly stopSignal: () => AbortSignal;
}

/** A subcommand. */
export interface Command {
  /** One line for the list of all commands. */
  readonly summary: string;
  /** Everything about it, ending without a line break. */
  readonly help: string;
  /** @throws UsageError; CommandFailed; BridgeError */
  run(args: readonly string[], terminal: Terminal): Promise<ExitCode>;
}

/** The command line makes no sense. The message quotes no value of it: it may hold a secret that was pasted there. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command cannot do what it was told, for a reason that no code says. The message says what to do. */
export class CommandFailed extends Error {
  override readonly name: string = 'CommandFailed';
}

type Options = NonNullable<ParseArgsConfig['options']>;
interface Line<Known extends Options> {
  readonly args: string[];
  readonly options: Known;
  readonly allowPositionals: true;
}
type Parsed<Known extends Options> = ReturnType<typeof parseArgs<Line<Known>>>;

/**
 * Reads options and as many arguments as there are names.
 *
 * @throws UsageError
 */
export function readArguments<const Known extends Options>(
  args: readonly string[],
  names: readonly string[],
  options: Known,
): { readonly values: Parsed<Known>['values']; readonly given: readonly string[] } {
  const { values, positionals } = parsed(args, options);
  const missing = names[positionals.length];
  if (missing !== undefined) throw new UsageError(`<${missing}> is missing`);
  if (positionals.length > names.length) throw new UsageError('There are too many arguments');
  return { values, given: positionals };
}

function parsed<Known extends Options>(args: readonly string[], options: Known): Parsed<Known> {
  try {
    const line: Line<Known> = { args: [...args], options, allowPositionals: true };
    return parseArgs(line);
  } catch (error) {
    const option = /'(?:-\w, )?(--?[a-z-]+)[ ']/.exec(String(error))?.[1];
    throw new UsageError(
      option === undefined ? 'An option is not valid' : `The option ${option} is not valid`,
    );
  }
}

/** @throws UsageError */
export function wholeSeconds(name: string, value: string): number {
  if (!/^[0-9]{1,6}$/.test(value)) throw new UsageError(`--${name} takes a number of whole seconds`);
  return Number(value);
}
