import { randomInt } from 'node:crypto';

/** Numbers that come again under the same seed, where fast-check would be too slow. A test says the seed when it fails. */
export function seededRandom(seed = Number(process.env['HESTAMI_TEST_SEED'] ?? randomInt(2 ** 31))) {
  let state = seed;
  return {
    seed,
    /** A whole number from 0 up to, but not including, `limit`. By the mulberry32 generator. */
    below(limit: number): number {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
    },
  };
}
