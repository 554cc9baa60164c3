import { ApplicationFailureCategory } from '@temporalio/common';
import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import type { FailureDetails } from '../contract/activities.ts';
import { BridgeError } from '../contract/errors.ts';

/** The failure type of a programming error: no code of ours, so no workflow takes it for an answer. */
const UNEXPECTED = 'Unexpected';

/** A defect does not go away by itself: after so many attempts it fails the run instead of holding the account's id. */
const MAX_UNEXPECTED_ATTEMPTS = 5;

/**
 * Runs the body of an activity and lets nothing but a code and a catalogue message cross into Temporal: no cause, no
 * text of an upstream answer, no stack. This is the only place where codes become failures.
 */
export async function asActivity<Result>(body: () => Promise<Result>): Promise<Result> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    throw toFailure(error);
  }
}

function toFailure(error: unknown): ApplicationFailure {
  if (!(error instanceof BridgeError)) return unexpected(error);
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !error.transient,
    ...waitOf(error),
    // Waiting for one's turn is not a failure: it is neither counted nor logged as one.
    ...(error.code === 'RateLimited' ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** For Temporal, which waits so long before the next attempt, and for the workflow, to which the SDK does not hand that on. */
function waitOf({ retryAfterSeconds }: BridgeError) {
  if (retryAfterSeconds === undefined) return {};
  const details: [FailureDetails] = [{ retryAfterSeconds }];
  return { nextRetryDelay: retryAfterSeconds * 1_000, details };
}

/** The message of an unknown error may quote anything (`JSON.parse` quotes its input), so only its kind is told. */
function unexpected(error: unknown): ApplicationFailure {
  const kind = error instanceof Error ? error.name : typeof error;
  const frames =
    error instanceof Error ? (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)) : [];
  log.error('An activity failed in a way that no code describes', { kind, frames });
  return ApplicationFailure.create({
    message: `An unexpected ${kind}: this is a defect of the worker, whose log has the place`,
    type: UNEXPECTED,
    nonRetryable: Context.current().info.attempt >= MAX_UNEXPECTED_ATTEMPTS,
  });
}
