import { side, type Pair } from '../harness/alternate.ts';
import type { Row } from '../harness/bench.ts';
import { spread } from '../harness/spread.ts';
import { median, quantile } from '../harness/statistics.ts';

/** What ours takes beyond the bare call (ms): p50 minus p50, and what helps to read it. */
export function overheadOf(
  pairs: readonly Pair<number>[],
  labels: Pair<string>,
): { readonly rows: readonly Row[]; readonly p50: number } {
  const [bare, ours] = [side(pairs, 'bare'), side(pairs, 'ours')];
  const over = (share: number): number => quantile(ours, share) - quantile(bare, 0.5);
  const differences = pairs.map((pair) => pair.ours - pair.bare);
  return {
    rows: [
      ...spread(labels.bare, bare, [50, 95]),
      ...spread(labels.ours, ours, [50, 95]),
      { label: `${labels.ours}, beyond the bare median, p95`, value: over(0.95), unit: 'ms' },
      { label: `${labels.ours}, beyond its bare neighbour, median`, value: median(differences), unit: 'ms' },
    ],
    p50: over(0.5),
  };
}
