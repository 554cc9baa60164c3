import { side, type Pair } from './alternate.ts';
import type { Findings } from './bench.ts';
import type { LaneWindow } from './lane.ts';
import { median, quantile } from './statistics.ts';

/**
 * What windows of both sides say about how busy LibreChat's lane was kept: `saturation` and `throughput_vs_bare`.
 *
 * @param one what a window has many of, in the singular, and in the plural
 */
export function compareLanes(
  pairs: readonly Pair<LaneWindow>[],
  perWindow: number,
  { one, many }: { readonly one: string; readonly many: string },
): Findings {
  const ratios = (key: keyof LaneWindow): readonly number[] =>
    pairs.map(({ bare, ours }) => ours[key] / bare[key]);
  const of = (which: keyof Pair<LaneWindow>, key: keyof LaneWindow): number =>
    median(side(pairs, which).map((window) => window[key]));
  const busy = ratios('utilization');
  const fast = ratios('throughput');
  return {
    rows: [
      { label: 'lane busy, bare calls', value: of('bare', 'utilization'), unit: 'of 1' },
      { label: 'lane busy, ours', value: of('ours', 'utilization'), unit: 'of 1' },
      { label: 'lane busy, ours ÷ bare, least window', value: quantile(busy, 0), unit: '×' },
      { label: 'lane busy, ours ÷ bare, greatest window', value: quantile(busy, 1), unit: '×' },
      { label: `lane time of one ${one}, bare calls`, value: of('bare', 'activeMs'), unit: 'ms' },
      { label: `lane time of one ${one}, ours`, value: of('ours', 'activeMs'), unit: 'ms' },
      { label: `${many}, bare calls`, value: of('bare', 'throughput'), unit: '1/s' },
      { label: `${many}, ours`, value: of('ours', 'throughput'), unit: '1/s' },
      { label: `${many}, ours ÷ bare, least window`, value: quantile(fast, 0), unit: '×' },
      { label: `${many}, ours ÷ bare, greatest window`, value: quantile(fast, 1), unit: '×' },
      {
        label: `${perWindow} starts at once → first call at LibreChat`,
        value: of('ours', 'startMs'),
        unit: 'ms',
      },
      { label: 'last answer of LibreChat → last result', value: of('ours', 'endMs'), unit: 'ms' },
    ],
    figures: { saturation: median(busy), throughput_vs_bare: median(fast) },
  };
}
