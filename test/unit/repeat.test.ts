import { expect, test } from '@jest/globals';
import { repeat } from '../../workers/repeat.ts';

/** Repeats something that ends as given, then stops. */
async function run(
  ends: readonly ('good' | 'bad')[],
): Promise<{ runs: number; troubles: readonly unknown[] }> {
  const stop = new AbortController();
  const troubles: unknown[] = [];
  let runs = 0;
  const work = async (): Promise<void> => {
    const end = ends[runs++];
    if (runs === ends.length) setImmediate(() => stop.abort());
    if (end === 'bad') throw new Error(`run ${runs}`);
  };
  await repeat({ work, everyMs: 1, stop: stop.signal, onTrouble: (error) => troubles.push(String(error)) });
  return { runs, troubles };
}

test('what fails is done again, and told once until it has been good again', async () => {
  const { runs, troubles } = await run(['good', 'bad', 'bad', 'bad', 'good', 'bad', 'bad', 'good', 'good']);
  expect(runs).toBeGreaterThanOrEqual(9);
  expect(troubles).toEqual(['Error: run 2', 'Error: run 6']);
});

test('to stop ends the pause, and nothing is told of a run that was under way', async () => {
  const stop = new AbortController();
  const troubles: unknown[] = [];
  const ended = repeat({
    work: async () => {
      stop.abort();
      throw new Error('the connection was closed');
    },
    everyMs: 3_600_000,
    stop: stop.signal,
    onTrouble: (error) => troubles.push(error),
  });
  await ended;
  expect(troubles).toEqual([]);
});
