import { describe, expect, test } from '@jest/globals';
import type { Tally } from '../../../contract/fleet.ts';
import type { RotateVerdict } from '../../../contract/messages.ts';
import { EMPTY_TALLY, ended, isSystemFailure, tallied, total } from '../../../contract/tally.ts';

describe('what became of a user', () => {
  test.each<[RotateVerdict | 'lost', Partial<Tally>, boolean]>([
    [{ outcome: 'rotated' }, { rotated: 1 }, false],
    [{ outcome: 'overtaken' }, { rotated: 1 }, false],
    [{ outcome: 'unverified', code: 'UpstreamUnavailable' }, { rotated: 1, unverified: 1 }, false],
    // LibreChat lets nobody in any more: that is no success.
    [
      { outcome: 'unverified', code: 'PasswordLoginDisabled' },
      { unverified: 1, failed: { PasswordLoginDisabled: 1 } },
      true,
    ],
    [{ outcome: 'not-due' }, { passedOver: 1 }, false],
    [{ outcome: 'inactive' }, { passedOver: 1 }, false],
    [{ outcome: 'gone' }, { passedOver: 1 }, false],
    [
      { outcome: 'failed', code: 'AccountMissing' },
      { failed: { AccountMissing: 1 }, failedBefore: 1 },
      false,
    ],
    [{ outcome: 'failed', code: 'ResetUnavailable' }, { failed: { ResetUnavailable: 1 } }, true],
    ['lost', { lost: 1 }, true],
  ])('%j', (end, change, system) => {
    const tally = tallied(EMPTY_TALLY, end, true);
    expect(tally).toEqual({ ...EMPTY_TALLY, ...change });
    expect(isSystemFailure(end)).toBe(system);
    expect(ended(tally)).toBe(1);
    expect(total([tally, tally, EMPTY_TALLY])).toMatchObject({ rotated: 2 * tally.rotated });
  });
});
