import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/workflow';
import type { FailureDetails } from '../contract/activities.ts';
import { isErrorCode, type ErrorCode } from '../contract/errors.ts';

/**
 * The code that an activity failed with; undefined for a cancellation, a time-out or a programming error. What a local
 * activity throws comes as it is, not in an `ActivityFailure`.
 */
export function codeOfFailure(error: unknown): ErrorCode | undefined {
  const failure = applicationFailure(error);
  return isErrorCode(failure?.type) ? failure.type : undefined;
}

/** How long LibreChat, or whoever failed, wants to be left alone; undefined where nothing was said. */
export function waitOfFailure(error: unknown): number | undefined {
  const details = applicationFailure(error)?.details?.[0] as Partial<FailureDetails> | undefined;
  return details?.retryAfterSeconds;
}

/**
 * The code of an activity that was not done in its time, for all its attempts: what the last one failed with, or
 * `AttemptLost` where its worker died or hung. Undefined for anything but a time-out.
 */
export function codeOfTimeout(error: unknown): ErrorCode | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof TimeoutFailure)) return undefined;
  // The SDK makes no error of the last attempt's failure: only Temporal's own form has it.
  const type = error.cause.failure?.cause?.applicationFailureInfo?.type;
  return isErrorCode(type) ? type : 'AttemptLost';
}

function applicationFailure(error: unknown): ApplicationFailure | undefined {
  const failure = error instanceof ActivityFailure ? error.cause : error;
  return failure instanceof ApplicationFailure ? failure : undefined;
}
