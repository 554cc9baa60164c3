import { expect, test } from '@jest/globals';
import { nextAttemptDelayMs } from '../../workflows/cadence.ts';

const MINUTE = 60_000;

test.each([
  [0, 1],
  [1, 2],
  [5, 32],
  [10, 1024],
  [11, 1440],
  [40, 1440],
  [5_000, 1440],
])('after %d blocked attempts the next one comes in about %d minutes', (attempts, minutes) => {
  for (const id of ['1', '42', '999999', '0b2f6a0e-8a55-4c1e-9a52-6f2f3c0d9b11']) {
    const delay = nextAttemptDelayMs(id, attempts);
    expect(delay).toBeGreaterThanOrEqual(minutes * MINUTE * 0.9);
    expect(delay).toBeLessThanOrEqual(minutes * MINUTE * 1.1);
  }
});

test('neighbours are spread over the whole of the 20 percent, and a replay finds the same', () => {
  const delays = Array.from(
    { length: 1_000 },
    (_, id) => nextAttemptDelayMs(String(id), 11) / (1440 * MINUTE),
  );
  const buckets = new Set(delays.map((share) => Math.floor((share - 0.9) * 50)));
  expect(buckets.size).toBeGreaterThanOrEqual(10);
  expect(nextAttemptDelayMs('7', 3)).toBe(nextAttemptDelayMs('7', 3));
});
