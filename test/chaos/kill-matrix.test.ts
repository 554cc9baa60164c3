import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { testGround } from './ground.ts';
import type { KillTrial } from './kill-trial.ts';
import { runMatrix } from './matrix.ts';
import { POINTS } from './points.ts';

const TRIALS = 3;
const LONGEST_MS = 300_000;
/** Two for each core: they mostly wait, but every one of them starts a worker. */
const PARALLEL = 4;

const seed = Number(process.env['HESTAMI_TEST_SEED'] ?? randomInt(2 ** 31));
const trials: KillTrial[] = [];
let matrix: Promise<unknown>;

beforeAll(() => {
  const onTrial = (trial: KillTrial): void => void trials.push(trial);
  matrix = runMatrix(testGround(), { trials: TRIALS, seed, parallel: PARALLEL, onTrial });
  void matrix.catch(() => undefined);
});
afterAll(() => console.log(`The seed of the kill matrix: ${seed}`));

describe('a rotation whose worker, or whose LibreChat, is killed', () => {
  test.each(POINTS)(
    '$name: $victim, $about: all is well within 30 s',
    async ({ name }) => {
      await matrix;
      const own = trials.filter(({ point }) => point === name);
      expect(own).toHaveLength(TRIALS);
      expect(own.filter(({ problems }) => problems.length > 0)).toEqual([]);
    },
    LONGEST_MS,
  );
});
