import type { StoredUser } from '../database/user-database.ts';

const colour = (code: number, text: string): string =>
  process.stdout.isTTY ? `\u001B[${code}m${text}\u001B[0m` : text;

export const print = (line = ''): void => void process.stdout.write(`${line}\n`);
export const title = (text: string): void => print(`\n${colour(1, text)}`);
export const told = (text: string): void => print(`  ${text}`);
export const dim = (text: string): string => colour(2, text);
export const good = (text: string): string => colour(32, text);
export const bad = (text: string): string => colour(31, text);

/** The columns of ours, as they stand in the row; of a ciphertext only that it is one. */
export function rowText(row: StoredUser): string {
  const password = row.librechat_password_encrypted;
  return [
    `librechat_user_id ${row.librechat_user_id ?? dim('null')}`,
    `synced_at ${row.librechat_synced_at?.toISOString().slice(11, 23) ?? dim('null')}`,
    `password ${password === null ? dim('null') : `${password.slice(0, 6)}… (${password.length} characters)`}`,
  ].join(dim(' · '));
}

/** Columns as wide as their widest cell. */
export function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const [index, row] of rows.entries()) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
    told(index === 0 ? dim(line) : line);
  }
}
