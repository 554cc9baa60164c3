import { beforeAll, expect, test } from '@jest/globals';
import { CASES } from './cases/index.ts';
import { runOnStandIns } from './on-standin.ts';
import type { CaseResult } from './run.ts';

const LONGEST_RUN_MS = 180_000;

const results = new Map<string, CaseResult>();

beforeAll(async () => {
  for (const result of (await runOnStandIns()).results)
    results.set(`${result.route}: ${result.claim}`, result);
}, LONGEST_RUN_MS);

test.each(CASES.map(({ route, claim }) => [`${route}: ${claim}`]))('%s', (name) => {
  const { verdict, reason } = results.get(name) ?? {};
  expect({ verdict, reason }).toEqual({ verdict: 'passed' });
});

test('no two cases have one name', () => {
  expect(results.size).toBe(CASES.length);
});
