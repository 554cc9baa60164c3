import type { Row } from './bench.ts';
import { quantile } from './statistics.ts';

/** Rows that say how samples are spread, in the order of the given percents. */
export function spread(
  label: string,
  samples: readonly number[],
  percents: readonly number[],
  unit = 'ms',
): readonly Row[] {
  return percents.map((percent) => ({
    label: `${label}, p${percent}`,
    value: quantile(samples, percent / 100),
    unit,
  }));
}
