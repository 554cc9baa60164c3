import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { BridgeError, describeError } from '../contract/errors.ts';
import { accountWorkflowId, parseDjangoUserId, type DjangoUserId } from '../contract/ids.ts';

/**
 * The user whose account this workflow may change. One open workflow per account is what keeps two writers apart, and
 * it holds only if the workflow id is the one of this very user.
 *
 * @throws ApplicationFailure `InvalidUserId`
 */
export function ownUser(value: unknown): DjangoUserId {
  try {
    const user = parseDjangoUserId(value);
    if (workflowInfo().workflowId === accountWorkflowId(user)) return user;
  } catch (error) {
    if (error instanceof BridgeError) throw ApplicationFailure.nonRetryable(error.message, error.code);
    throw error;
  }
  throw ApplicationFailure.nonRetryable(
    describeError('InvalidUserId', 'the workflow id is not the one of this user'),
    'InvalidUserId',
  );
}
