import { ApplicationFailure } from '@temporalio/workflow';
import { describeError, type ErrorCode } from '../contract/errors.ts';

/** The failure of a workflow that was started with what it does not take: no attempt would go better. */
export const refusal = (code: ErrorCode, detail: string): ApplicationFailure =>
  ApplicationFailure.nonRetryable(describeError(code, detail), code);
