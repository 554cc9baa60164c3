import { ERRORS } from './error-table.ts';
import type { ErrorCode } from './errors.ts';
import type { ShardPosition, Tally } from './fleet.ts';
import type { RotateVerdict } from './messages.ts';

export const EMPTY_TALLY: Tally = {
  rotated: 0,
  unverified: 0,
  passedOver: 0,
  lost: 0,
  drift: 0,
  failed: {},
  failedBefore: 0,
};

export const FIRST_POSITION: ShardPosition = {
  phase: 'future',
  after: null,
  busy: [],
  visiting: [],
  passes: 0,
  tally: EMPTY_TALLY,
};

/**
 * Adds what became of one user.
 *
 * @param end the verdict, or `lost` where there was none
 * @param failedBefore whether the user's last rotation failed too
 */
export function tallied(tally: Tally, end: RotateVerdict | 'lost', failedBefore: boolean): Tally {
  if (end === 'lost') return { ...tally, lost: tally.lost + 1 };
  switch (end.outcome) {
    case 'rotated':
    case 'overtaken':
      return { ...tally, rotated: tally.rotated + 1 };
    case 'unverified': {
      const known = { ...tally, unverified: tally.unverified + 1 };
      return isSystemFailure(end) ? withFailure(known, end.code) : { ...known, rotated: tally.rotated + 1 };
    }
    case 'intact':
    case 'not-due':
    case 'gone':
    case 'inactive':
      return { ...tally, passedOver: tally.passedOver + 1 };
    case 'failed': {
      const isOld = failedBefore && end.code !== undefined && ERRORS[end.code].scope === 'user';
      const known = { ...tally, failedBefore: tally.failedBefore + (isOld ? 1 : 0) };
      return withFailure(known, end.code);
    }
  }
}

/** Whether the next rotation would end in the same way, whichever user it is for. */
export function isSystemFailure(end: RotateVerdict | 'lost'): boolean {
  if (end === 'lost') return true;
  const entry = end.code === undefined ? undefined : ERRORS[end.code];
  if (end.outcome === 'failed') return entry?.scope === 'system';
  // LibreChat has the new password and lets nobody in: others would be shut out as well.
  return end.outcome === 'unverified' && entry?.scope === 'system' && entry.kind === 'terminal';
}

function withFailure(tally: Tally, code: ErrorCode = 'AttemptLost'): Tally {
  return { ...tally, failed: { ...tally.failed, [code]: (tally.failed[code] ?? 0) + 1 } };
}

/** The sum of all shards. */
export function total(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, tally) => ({
      rotated: sum.rotated + tally.rotated,
      unverified: sum.unverified + tally.unverified,
      passedOver: sum.passedOver + tally.passedOver,
      lost: sum.lost + tally.lost,
      drift: sum.drift + tally.drift,
      failed: addedByCode(sum.failed, tally.failed),
      failedBefore: sum.failedBefore + tally.failedBefore,
    }),
    EMPTY_TALLY,
  );
}

export const codesOf = (failed: Tally['failed']): readonly (readonly [ErrorCode, number])[] =>
  Object.entries(failed) as [ErrorCode, number][];

/** Users who failed, for whatever reason. */
export const failures = ({ failed }: Tally): number =>
  codesOf(failed).reduce((sum, [, count]) => sum + count, 0);

/** Users whose outcome is known. */
export const ended = (tally: Tally): number =>
  tally.rotated + tally.passedOver + tally.lost + failures(tally);

function addedByCode(one: Tally['failed'], other: Tally['failed']): Tally['failed'] {
  const sum: Partial<Record<ErrorCode, number>> = { ...one };
  for (const [code, count] of codesOf(other)) sum[code] = (sum[code] ?? 0) + count;
  return sum;
}
