import { DefaultFailureConverter } from '@temporalio/common';

type Failure = ReturnType<DefaultFailureConverter['errorToFailure']>;

/** Failures without stacks: a stack names the folders of the machine it was made on, and a history is kept for days. */
class StacklessFailureConverter extends DefaultFailureConverter {
  override errorToFailure(...args: Parameters<DefaultFailureConverter['errorToFailure']>): Failure {
    return withoutStack(super.errorToFailure(...args));
  }
}

function withoutStack(failure: Failure): Failure {
  return { ...failure, stackTrace: '', ...(failure.cause ? { cause: withoutStack(failure.cause) } : {}) };
}

/** Loaded by path, in the sandbox and outside: Temporal looks for this very name. */
export const failureConverter = new StacklessFailureConverter();
