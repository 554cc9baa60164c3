/** One sample of each side, taken one right after the other. */
export interface Pair<Sample> {
  readonly bare: Sample;
  readonly ours: Sample;
}

/**
 * Samples two sides in turn (bare, ours, bare, ours …), so that whatever else the machine does meets both alike, and a
 * pair can be compared even where the whole run drifts.
 */
export async function alternate<Sample>(
  count: number,
  sides: Pair<() => Promise<Sample>>,
): Promise<readonly Pair<Sample>[]> {
  const pairs: Pair<Sample>[] = [];
  for (let index = 0; index < count; index++) {
    const bare = await sides.bare();
    pairs.push({ bare, ours: await sides.ours() });
  }
  return pairs;
}

/** One side of all pairs. */
export const side = <Sample>(pairs: readonly Pair<Sample>[], which: keyof Pair<Sample>): readonly Sample[] =>
  pairs.map((pair) => pair[which]);
