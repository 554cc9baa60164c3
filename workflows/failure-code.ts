import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';
import { isErrorCode, type ErrorCode } from '../contract/errors.ts';

/** The code that an activity failed with; undefined for a cancellation, a time-out or a programming error. */
export function codeOfFailure(error: unknown): ErrorCode | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof ApplicationFailure)) return undefined;
  return isErrorCode(error.cause.type) ? error.cause.type : undefined;
}
