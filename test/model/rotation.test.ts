import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Broken } from './systems.ts';
import { EVENTS, walk, type Decision } from './walk.ts';

/** So many random walks; `TRIALS` asks for more. */
const WALKS = Number(process.env['TRIALS'] ?? 20_000);

const decision: fc.Arbitrary<Decision> = fc.record({
  event: fc.oneof(...EVENTS.map(({ event, weight }) => ({ weight, arbitrary: fc.constant(event) }))),
  whom: fc.nat(7),
});
const decisions = fc.array(decision, { minLength: 20, maxLength: 120 });

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
];

describe('a rotation, with crashes, zombies, lost answers, a wiped Temporal and stale writers at every step', () => {
  test(
    `locks nobody out and touches no other account, in ${WALKS} random walks`,
    async () => {
      const walks = fc.asyncProperty(decisions, (list) => walk(list));
      await expect(fc.assert(walks, { numRuns: WALKS })).resolves.toBeUndefined();
    },
    10 * 60_000,
  );

  test.each(BROKEN)(
    'does harm that the walks find as soon as one guard is broken: %s',
    async (broken) => {
      const found = await fc.check(
        fc.asyncProperty(decisions, (list) => walk(list, broken)),
        { numRuns: WALKS, endOnFailure: true },
      );
      expect({ broken, failed: found.failed }).toEqual({ broken, failed: true });
    },
    10 * 60_000,
  );
});
