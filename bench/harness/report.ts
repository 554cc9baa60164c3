import { mkdir, writeFile } from 'node:fs/promises';
import type { Findings } from './bench.ts';
import type { Machine } from './machine.ts';

/** What is kept of a run, in `bench/results/NAME.json`. */
export interface Result extends Findings {
  readonly name: string;
  readonly commit: string;
  readonly machine: Machine;
  readonly startedAt: string;
}

const RESULTS = new URL('../results/', import.meta.url);

/** Four significant digits: more would be noise. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/** Rows, a rule, figures, in columns. */
export function table({ rows, figures }: Findings): string {
  const lines = rows.map(({ label, value, unit }) => [label, String(rounded(value)), unit]);
  const named = Object.entries(figures).map(([key, value]) => [key, String(rounded(value)), '']);
  const all = [...lines, ...named];
  const width = (column: number): number => Math.max(0, ...all.map((cells) => (cells[column] ?? '').length));
  const [labels, values] = [width(0), width(1)];
  const print = ([label = '', value = '', unit = '']: readonly string[]): string =>
    `${label.padEnd(labels)}  ${value.padStart(values)} ${unit}`.trimEnd();
  return [...lines.map(print), '─'.repeat(labels + values + 2), ...named.map(print)].join('\n');
}

/** Keeps a result in place of that of the last run. */
export async function save(result: Result): Promise<void> {
  const kept: Result = {
    ...result,
    rows: result.rows.map((row) => ({ ...row, value: rounded(row.value) })),
    figures: Object.fromEntries(Object.entries(result.figures).map(([key, value]) => [key, rounded(value)])),
  };
  await mkdir(RESULTS, { recursive: true });
  await writeFile(new URL(`${result.name}.json`, RESULTS), `${JSON.stringify(kept, null, 2)}\n`);
}
