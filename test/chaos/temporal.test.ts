import { describe, expect, test } from '@jest/globals';
import { testGround } from './ground.ts';
import { awayTrial, openTemporalSlot, wipeTrial } from './temporal-trial.ts';

const AWAY_MS = 10_000;
const WIPES = 2;
const LONGEST_MS = 180_000;

const ground = testGround();

describe('when Temporal goes in the middle of a rotation', () => {
  test.concurrent(
    `and comes back after ${AWAY_MS / 1_000} s, the rotation ends and all agree`,
    async () => {
      await using own = await openTemporalSlot(ground, { remembers: true });
      expect((await awayTrial(own, AWAY_MS)).problems).toEqual([]);
    },
    LONGEST_MS,
  );

  test.concurrent(
    'and has forgotten everything, the row is in doubt, and a repair heals it',
    async () => {
      await using own = await openTemporalSlot(ground, {});
      for (let wipe = 0; wipe < WIPES; wipe++) expect((await wipeTrial(own)).problems).toEqual([]);
    },
    LONGEST_MS,
  );
});
