import { open, type FileHandle } from 'node:fs/promises';
import { BridgeError } from '../../contract/errors.ts';
import { operatorVariables } from '../configuration/operator-variables.ts';
import type { Author } from './author.ts';
import type { Terminal } from './command.ts';

type Detail = string | number | boolean | null | undefined;

/** What an operator does by hand: its name, and whom it concerns. Ids and counts, never a secret or an address. */
export interface AuditedAction {
  readonly action: string;
  readonly [detail: string]: Detail;
}

/** What came of it: `result` is an outcome or a code. */
export interface AuditResult {
  readonly result: string;
  readonly [detail: string]: Detail;
}

/** One JSON object per line, each with the time, who did it, and why. Nothing is ever taken back. */
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
 * await using trail = await openAuditTrail(terminal, readAuthor(terminal, values), values['audit-file']);
 * const done = await audited(trail, { action: 'fleet pause' }, () => pause(), () => ({ result: 'paused' }));
 */
export async function openAuditTrail(
  { environment, note }: Pick<Terminal, 'environment' | 'note'>,
  { by, why }: Author,
  file: string | undefined,
): Promise<AuditTrail> {
  const path = file ?? operatorVariables.parse(environment).AUDIT_FILE ?? '';
  const handle = path === '' ? undefined : await writable(() => open(path, 'a', 0o600));
  return {
    async record(action, result) {
      const line = JSON.stringify({ at: new Date().toISOString(), by, ...action, why, ...result });
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
