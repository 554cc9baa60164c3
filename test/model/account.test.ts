import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Broken } from './systems.ts';
import { EVENTS, RETURN_EVENTS, ROTATION_EVENTS, walk, type Decision } from './walk.ts';

/** So many random walks; `TRIALS` asks for more. */
const WALKS = Number(process.env['TRIALS'] ?? 20_000);

interface Length {
  readonly minLength: number;
  readonly maxLength: number;
}
const decisionsOf = (events: typeof EVENTS, length: Length): fc.Arbitrary<Decision[]> => {
  const choices = events.map(({ event, weight }) => ({ weight, arbitrary: fc.constant(event) }));
  return fc.array(fc.record({ event: fc.oneof(...choices), whom: fc.nat(7) }), length);
};
const decisions = decisionsOf(EVENTS, { minLength: 20, maxLength: 120 });
/** Most guards are those of rotations, and the rarest harm takes two attempts and a third: long walks find it. */
const rotations = decisionsOf(ROTATION_EVENTS, { minLength: 100, maxLength: 200 });
const returns = decisionsOf(RETURN_EVENTS, { minLength: 20, maxLength: 80 });

const BROKEN: readonly Broken[] = [
  'row fence',
  'in-doubt mark',
  'ownership check',
  'recorded mint',
  'version',
  'link as fence',
  'newer time',
  'verification',
  'trigger',
  'doubt of a link',
];

describe('rotations, suspensions and reactivations, with crashes, zombies, lost answers, a wiped Temporal and stale writers at every step', () => {
  test(
    `lock nobody out and touch no other account, in ${WALKS} random walks`,
    async () => {
      const walks = fc.asyncProperty(fc.oneof(decisions, returns), fc.boolean(), (list, linked) =>
        walk(list, { linked }),
      );
      await expect(fc.assert(walks, { numRuns: WALKS })).resolves.toBeUndefined();
    },
    10 * 60_000,
  );

  test.each(BROKEN)(
    'do harm that the walks find as soon as one guard is broken: %s',
    async (broken) => {
      // Only who leaves and comes back before the first link was written meets the last one.
      const linked = broken !== 'doubt of a link';
      const found = await fc.check(
        fc.asyncProperty(linked ? rotations : returns, (list) => walk(list, { broken, linked })),
        { numRuns: WALKS, endOnFailure: true },
      );
      expect({ broken, failed: found.failed }).toEqual({ broken, failed: true });
    },
    10 * 60_000,
  );
});
