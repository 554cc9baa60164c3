import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { reserveOf } from '../../../activities/pacing/rules.ts';
import { MemoryBudget } from '../../../activities/pacing/memory-budget.ts';
import { LimiterModel, play, type ModelCall, type ModelWork } from './limiter-model.ts';

const BEGIN = 1_800_000_000_000;

const limiter = fc.record({
  limit: fc.integer({ min: 1, max: 12 }),
  windowMs: fc.integer({ min: 2, max: 60 }).map((seconds) => seconds * 1_000),
  skewMs: fc.integer({ min: -5_000_000, max: 5_000_000 }),
  phase: fc.integer({ min: 0, max: 999 }),
});

const call: fc.Arbitrary<ModelCall> = fc.record({
  thinks: fc.integer({ min: 0, max: 3_000 }),
  travels: fc.integer({ min: 0, max: 800 }),
  returns: fc.integer({ min: 0, max: 800 }),
  fate: fc.oneof(
    { weight: 9, arbitrary: fc.constant('answered' as const) },
    { arbitrary: fc.constant('lost' as const), weight: 1 },
  ),
});

const work: fc.Arbitrary<ModelWork> = fc.record({
  at: fc.integer({ min: 3_000, max: 120_000 }),
  kind: fc.constantFrom('interactive', 'bulk'),
  calls: fc.array(call, { minLength: 1, maxLength: 3 }),
  spared: fc.integer({ min: 0, max: 1 }),
});

/** The first call, from which the budget learns. */
const FIRST: ModelWork = {
  at: 0,
  kind: 'interactive',
  calls: [{ thinks: 0, travels: 0, returns: 0, fate: 'answered' }],
  spared: 0,
};

/** A piece of work that could ever be had at once. */
function cutTo(share: number, { calls, spared, ...when }: ModelWork): ModelWork {
  const cut = calls.slice(0, share);
  return { ...when, calls: cut, spared: Math.min(spared, share - cut.length) };
}

test('once LibreChat was heard, it refuses no call, whenever calls are made, lost or spared', async () => {
  await fc.assert(
    fc.asyncProperty(
      limiter,
      fc.array(work, { minLength: 20, maxLength: 120 }),
      async ({ limit, windowMs, skewMs, phase }, works) => {
        const clock = { now: BEGIN + phase };
        const model = new LimiterModel(limit, windowMs, skewMs);
        const budget = new MemoryBudget({ now: () => clock.now });
        const fitting = works.map((some) => cutTo(limit - reserveOf(limit), some));
        await play([FIRST, ...fitting], 'login', budget, model, clock);
        expect(model.refused).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('all calls that LibreChat allows are used, but for what its rounding to seconds costs', async () => {
  await fc.assert(
    fc.asyncProperty(limiter, async ({ limit, windowMs, skewMs, phase }) => {
      const clock = { now: BEGIN + phase };
      const budget = new MemoryBudget({ now: () => clock.now });
      const eager = Array.from({ length: 600 }, (_, index) => ({ ...FIRST, at: 1_000 + index * 200 }));
      const model = new LimiterModel(limit, windowMs, skewMs);
      const granted = await play([FIRST, ...eager], 'login', budget, model, clock);
      const windows = Math.floor(120_000 / (windowMs + 2_400));
      expect(granted).toBeGreaterThanOrEqual(Math.min(windows * limit, 600));
    }),
    { numRuns: 100 },
  );
});

test('what is taken never comes to more than the limit, and bulk work leaves its share', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ calls: fc.integer({ min: 1, max: 3 }), bulk: fc.boolean(), isGivenBack: fc.boolean() }),
      ),
      async (takes) => {
        const budget = new MemoryBudget({ now: () => BEGIN });
        let held = 0;
        for (const { calls, bulk, isGivenBack } of takes) {
          const taken = await budget.take({ login: calls }, bulk ? 'bulk' : 'interactive');
          expect(taken.granted).toBe(held + calls <= (bulk ? 4 : 7));
          if (taken.granted && isGivenBack) await budget.giveBack(taken.lease);
          else if (taken.granted) held += calls;
        }
      },
    ),
  );
});
