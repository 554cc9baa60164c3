import { open } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { BridgeError } from '../../contract/errors.ts';

/** What an operator does by hand, and why. Ids only, never a secret. */
export interface AuditedAction {
  readonly action: string;
  readonly djangoUserId: string;
  readonly accountId: string;
  /** In the operator's own words. */
  readonly reason: string;
}

/** One JSON object per line, each with the time and the operating system's user. */
export interface AuditTrail extends AsyncDisposable {
  record(action: AuditedAction, result: Readonly<Record<string, string | null>>): Promise<void>;
}

/**
 * Opens the file, to append to it; without one, the lines are handed to `note`. It is opened before anything is done, so
 * that nothing is done that cannot be recorded.
 *
 * @throws BridgeError `ConfigurationInvalid` when the file cannot be written
 */
export async function openAuditTrail(
  file: string | undefined,
  note: (line: string) => void,
): Promise<AuditTrail> {
  const handle = file === undefined ? undefined : await openToAppend(file);
  return {
    async record(action, result) {
      const line = JSON.stringify({ at: new Date().toISOString(), by: operator(), ...action, ...result });
      if (handle === undefined) note(line);
      else await handle.appendFile(`${line}\n`);
    },
    async [Symbol.asyncDispose]() {
      await handle?.close();
    },
  };
}

async function openToAppend(file: string): ReturnType<typeof open> {
  try {
    return await open(file, 'a', 0o600);
  } catch {
    throw new BridgeError('ConfigurationInvalid', { detail: 'the audit file cannot be written' });
  }
}

/** A container may run under a number that has no name. */
function operator(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
