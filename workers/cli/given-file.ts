import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { UsageError } from './command.ts';

/** A file that was named on the command line. */
export interface GivenFile {
  readonly text: string;
  /** For the record: the file's name may say more than it should, and its content may be changed later. */
  readonly digest: string;
}

/** @throws UsageError when it cannot be read */
export async function readGivenFile(option: string, path: string): Promise<GivenFile> {
  try {
    const bytes = await readFile(path);
    return {
      text: bytes.toString('utf8'),
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    };
  } catch {
    throw new UsageError(`${option} names a file that cannot be read`);
  }
}
