import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { isErrorCode, type ErrorCode } from '../contract/errors.ts';

/**
 * The code that an activity failed with; undefined for a cancellation, a time-out or a programming error. What a local
 * activity throws comes as it is, not in an `ActivityFailure`.
 */
export function codeOfFailure(error: unknown): ErrorCode | undefined {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure && isErrorCode(failure.type) ? failure.type : undefined;
}
