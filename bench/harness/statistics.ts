/**
 * The value below which the given share of the samples lies, by linear interpolation.
 *
 * @param share from 0 (the least) to 1 (the greatest); 0.5 is the median
 * @throws RangeError when there are no samples
 */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const below = sorted[Math.floor(position)];
  const above = sorted[Math.ceil(position)];
  if (below === undefined || above === undefined) throw new RangeError('There are no samples');
  return below + (above - below) * (position - Math.floor(position));
}

/** The one in the middle. */
export const median = (samples: readonly number[]): number => quantile(samples, 0.5);
