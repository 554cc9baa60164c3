import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Database } from './database.ts';
import type { Data } from './documents.ts';

export function loadSnapshot(file: string): Data | undefined {
  if (!existsSync(file)) return undefined;
  const data: Data = JSON.parse(readFileSync(file, 'utf8'));
  return data;
}

/** Written beside and renamed over, so that a kill in the middle leaves the previous snapshot whole. */
export function saveSnapshot(file: string, database: Database): void {
  if (!database.dirty) return;
  const beside = `${file}.${process.pid}.tmp`;
  writeFileSync(beside, JSON.stringify(database.data()), { mode: 0o600 });
  renameSync(beside, file);
  database.dirty = false;
}
