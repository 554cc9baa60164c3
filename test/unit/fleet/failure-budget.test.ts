import { describe, expect, test } from '@jest/globals';
import type { ErrorCode } from '../../../contract/errors.ts';
import type { Tally } from '../../../contract/fleet.ts';
import { EMPTY_TALLY } from '../../../contract/tally.ts';
import { FRESH_BUDGET, observed, tripped, wantsOperator } from '../../../workflows/fleet/failure-budget.ts';

/** What a shard has told, one report after the other. */
function after(...reports: readonly Partial<Tally>[]) {
  let known = EMPTY_TALLY;
  let budget = FRESH_BUDGET;
  for (const report of reports) {
    const next = { ...EMPTY_TALLY, ...report };
    budget = observed(budget, known, next);
    known = next;
  }
  return budget;
}

describe('the failure budget', () => {
  test.each<[string, readonly Partial<Tally>[], ReturnType<typeof tripped>]>([
    ['nothing failed', [{ rotated: 1_000 }], undefined],
    ['four fail by a system’s code', [{ failed: { ResetUnavailable: 4 } }], undefined],
    ['five do', [{ failed: { ResetUnavailable: 5 } }], { by: 'system', code: 'ResetUnavailable' }],
    [
      'five do, one by one',
      [1, 2, 3, 4, 5].map((ResetUnavailable) => ({ failed: { ResetUnavailable } })),
      { by: 'system', code: 'ResetUnavailable' },
    ],
    [
      'five do, by two codes',
      [{ failed: { ResetUnavailable: 3 } }, { failed: { ResetUnavailable: 3, AccountBanned: 2 } }],
      { by: 'system', code: 'AccountBanned' },
    ],
    [
      'four do, one is rotated, and four do again',
      [
        { failed: { ResetUnavailable: 4 } },
        { rotated: 1, failed: { ResetUnavailable: 4 } },
        { rotated: 1, failed: { ResetUnavailable: 8 } },
      ],
      undefined,
    ],
    ['five end without a verdict', [{ lost: 5 }], { by: 'system', code: 'AttemptLost' }],
    [
      'five fail by a system’s code, and one by its own',
      [{ failed: { ResetUnavailable: 5, AccountMissing: 1 } }],
      { by: 'system', code: 'ResetUnavailable' },
    ],
    [
      'five end without a verdict after somebody failed',
      [{ failed: { AccountMissing: 1 } }, { lost: 5, failed: { AccountMissing: 1 } }],
      { by: 'system', code: 'AttemptLost' },
    ],
    [
      'many fail for reasons of their own, and one by a system’s code',
      [{ rotated: 400, failed: { AccountMissing: 20, ResetUnavailable: 1 } }],
      { by: 'users', code: 'AccountMissing' },
    ],
    ['a hundred users changed their address', [{ failed: { AccountMissing: 100 } }], undefined],
    ['2 % of them did', [{ rotated: 490, failed: { AccountMissing: 10 } }], undefined],
    [
      'more than 2 % of them did',
      [{ rotated: 489, failed: { AccountMissing: 11 } }],
      { by: 'users', code: 'AccountMissing' },
    ],
    ['more than 2 % did, of fewer than 200', [{ rotated: 189, failed: { AccountMissing: 10 } }], undefined],
    [
      'the same ones as last time did',
      [{ rotated: 400, failed: { AccountMissing: 100 }, failedBefore: 95 }],
      undefined,
    ],
    [
      'others than last time did',
      [{ rotated: 400, failed: { AccountMissing: 100 }, failedBefore: 80 }],
      { by: 'users', code: 'AccountMissing' },
    ],
  ])('when %s', (_, reports, pause) => {
    expect(tripped(after(...reports))).toEqual(pause);
  });

  test('counts a report that comes twice once', () => {
    const failed = { failed: { ResetUnavailable: 3 } };
    expect(after(failed, failed, failed)).toMatchObject({ systemInARow: 3, ended: 3 });
  });

  test.each<[ErrorCode, boolean]>([
    ['ResetUnavailable', true],
    ['AccountBanned', true],
    ['Unrecognized', true],
    ['UpstreamUnavailable', false],
    ['RateLimited', false],
  ])('LibreChat answering everything with %s wants an operator: %j', (code, wanted) => {
    expect(wantsOperator(code)).toBe(wanted);
  });
});
