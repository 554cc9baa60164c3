import { open, type FileHandle } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { BridgeError } from '../../contract/errors.ts';
import { UsageError, type Terminal } from './command.ts';

/** Options of every command that changes something. */
export const AUDIT_OPTIONS = { why: { type: 'string' }, 'audit-file': { type: 'string' } } as const;

/** The same options, in the command's help. */
export const AUDIT_HELP = `  --why TEXT          Why, for the record. Names nobody by an address.
  --audit-file FILE   Where to append the record, as lines of JSON; default: AUDIT_FILE, else standard error.`;

const MAX_WHY_LENGTH = 500;

type Detail = string | number | boolean | null | undefined;

/** What an operator does by hand: its name, whom it concerns, and why. Ids and counts, never a secret or an address. */
export interface AuditedAction {
  readonly action: string;
  /** In the operator's own words. */
  readonly why?: string | undefined;
  readonly [detail: string]: Detail;
}

/** What came of it: `result` is an outcome or a code. */
export interface AuditResult {
  readonly result: string;
  readonly [detail: string]: Detail;
}

/** One JSON object per line, each with the time and the operating system's user. Nothing is ever taken back. */
export interface AuditTrail extends AsyncDisposable {
  /** @throws BridgeError `ConfigurationInvalid` when the line cannot be written */
  record(action: AuditedAction, result: AuditResult): Promise<void>;
}

/**
 * Opens the file, to append to it; without one, the lines go to standard error. To be opened before anything is done, so
 * that nothing is done that cannot be recorded.
 *
 * @param file of `--audit-file`; undefined: what `AUDIT_FILE` names, if anything
 * @throws BridgeError `ConfigurationInvalid` when the file cannot be written
 *
 * @example
 * await using trail = await openAuditTrail(terminal, values['audit-file']);
 * const done = await audited(trail, { action: 'fleet pause', why }, () => pause(), () => ({ result: 'paused' }));
 */
export async function openAuditTrail(
  { environment, note }: Pick<Terminal, 'environment' | 'note'>,
  file: string | undefined,
): Promise<AuditTrail> {
  const path = file ?? environment['AUDIT_FILE'] ?? '';
  const handle = path === '' ? undefined : await writable(() => open(path, 'a', 0o600));
  return {
    async record(action, result) {
      const line = JSON.stringify({ at: new Date().toISOString(), by: operator(), ...action, ...result });
      if (handle === undefined) note(line);
      else await append(handle, line, note);
    },
    async [Symbol.asyncDispose]() {
      await handle?.close();
    },
  };
}

/**
 * Does what an operator wants, with a line before it (`begun`) and one after it: whatever happens in between, somebody can
 * tell that it was begun.
 *
 * @param tell what came of it; a code that is thrown speaks for itself
 */
export async function audited<Outcome>(
  trail: AuditTrail,
  action: AuditedAction,
  work: () => Promise<Outcome>,
  tell: (outcome: Outcome) => AuditResult,
): Promise<Outcome> {
  await trail.record(action, { result: 'begun' });
  let outcome: Outcome;
  try {
    outcome = await work();
  } catch (error) {
    await trail.record(action, { result: error instanceof BridgeError ? error.code : 'failed' });
    throw error;
  }
  await trail.record(action, tell(outcome));
  return outcome;
}

/**
 * The operator's reason.
 *
 * @param option as it was called on the command line
 * @throws UsageError when it is too long, or holds what must not be in a record
 */
export function readWhy(text: string | undefined, option = '--why'): string | undefined {
  const why = text?.trim() ?? '';
  if (why === '') return undefined;
  if (why.length > MAX_WHY_LENGTH)
    throw new UsageError(`${option} is longer than ${MAX_WHY_LENGTH} characters`);
  if (/\S@\S|gAAAAA/.test(why))
    throw new UsageError(
      `${option} holds an address or a secret: name people by their user id, and nothing else`,
    );
  return why;
}

/** For what must not be done without a reason. @throws UsageError */
export function requireWhy(text: string | undefined, option?: string): string {
  const why = readWhy(text, option);
  if (why === undefined) throw new UsageError('--why is missing: say why, for the record');
  return why;
}

/** A line that can no longer be written to the file is at least shown to somebody. */
async function append(handle: FileHandle, line: string, note: (line: string) => void): Promise<void> {
  try {
    await writable(() => handle.appendFile(`${line}\n`));
  } catch (error) {
    note(line);
    throw error;
  }
}

async function writable<Value>(use: () => Promise<Value>): Promise<Value> {
  try {
    return await use();
  } catch {
    throw new BridgeError('ConfigurationInvalid', { detail: 'the audit file cannot be written' });
  }
}

/** A container may run under a user number that has no name. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
