import type { Log, Parts } from '../../tools/parts/index.ts';

/** One line of the table that a bench prints. */
export interface Row {
  readonly label: string;
  readonly value: number;
  /** For example `ms`, `MB`, `1/s`, `×`. */
  readonly unit: string;
}

/** What a bench has found. */
export interface Findings {
  /** Everything that helps to read the figures, in order. */
  readonly rows: readonly Row[];
  /** The few numbers that have a target, by keys that do not change. */
  readonly figures: Readonly<Record<string, number>>;
}

/** What a bench is given. */
export interface BenchContext {
  /** Few samples, to see that it works: its figures say little. */
  readonly quick: boolean;
  readonly parts: Parts;
  /** Tells what is being measured, while it is. */
  readonly log: Log;
}

/** Something that is measured: `npm run bench -- NAME`. */
export interface Bench {
  readonly name: string;
  /** What it measures, in half a line. */
  readonly about: string;
  run(context: BenchContext): Promise<Findings>;
}
