import { describe, expect, test } from '@jest/globals';
import { notRun, resultOf, table, verdict } from '../../tools/test-results.ts';

const summary = (passed: number, failed = 0, pending = 0, unloaded = 0) => ({
  numPassedTests: passed,
  numFailedTests: failed,
  numPendingTests: pending,
  numTodoTests: 0,
  numRuntimeErrorTestSuites: unloaded,
});

describe('a run of tests', () => {
  test.each([
    ['that passes', [resultOf('a', 1, 0, summary(5))], '5 passed, 0 failed, 0 skipped', true],
    ['with a failure', [resultOf('a', 1, 1, summary(4, 1))], '4 passed, 1 failed, 0 skipped', false],
    ['of nothing', [], '0 passed, 0 failed, 0 skipped', false],
    ['that only skips', [resultOf('a', 1, 0, summary(0, 0, 3))], '0 passed, 0 failed, 3 skipped', false],
    [
      'with a file that cannot be loaded',
      [resultOf('a', 1, 1, summary(5, 0, 0, 1))],
      '5 passed, 1 failed, 0 skipped',
      false,
    ],
    [
      'whose jest fails for another reason',
      [resultOf('a', 1, 1, summary(5))],
      '5 passed, 1 failed, 0 skipped',
      false,
    ],
    ['that was killed', [resultOf('a', 1, null, summary(5))], '5 passed, 1 failed, 0 skipped', false],
    [
      'with a suite that cannot run',
      [resultOf('a', 1, 0, summary(5)), notRun('b', 'no Redis')],
      '5 passed, 1 failed, 0 skipped',
      false,
    ],
  ])('%s', (_, results, line, success) => {
    expect(verdict(results, false)).toEqual({ line, success });
  });

  test('that skips something passes for a developer and fails in CI', () => {
    const results = [resultOf('a', 1, 0, summary(5, 0, 1))];
    expect(verdict(results, false).success).toBe(true);
    expect(verdict(results, true).success).toBe(false);
  });
});

test('the table has a line for each suite, and says which could not run', () => {
  const lines = table([
    resultOf('unit', 1.25, 0, summary(5)),
    notRun('fleet', 'did not run: no Redis'),
  ]).split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toMatch(/^unit +5 +0 +0 +1\.3$/);
  expect(lines[2]).toMatch(/^fleet .*did not run: no Redis$/);
});
