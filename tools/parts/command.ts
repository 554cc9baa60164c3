import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnManaged, type ManagedOptions } from './managed-process.ts';

/** Runs a command to its end and returns what it printed. It does not outlive this process. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: ManagedOptions = {},
): Promise<string> {
  await using running = await spawnManaged(command, args, options);
  const { code, signal } = await running.exited;
  if (code === 0) return running.lastLines(Infinity).join('\n');
  const end = code === null ? `was ended by ${signal ?? 'somebody'}` : `failed with ${code}`;
  throw new Error(`${[command, ...args].join(' ')} ${end}:\n${running.lastLines(10).join('\n')}`);
}

/** Where on `PATH` a command is. */
export function onPath(command: string): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
