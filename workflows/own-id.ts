import { ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import { BridgeError } from '../contract/errors.ts';
import {
  fleetWorkflowId,
  interactiveTaskQueue,
  parseDjangoUserId,
  type DjangoUserId,
} from '../contract/ids.ts';
import { refusal } from './refusal.ts';

/**
 * The user that this workflow is for. One open workflow per user and purpose is what keeps two writers apart, and it
 * holds only if the workflow id is the one of this very user.
 *
 * @param workflowIdOf the workflow id of a user, for this purpose
 * @throws ApplicationFailure `InvalidUserId`
 */
export function ownUser(value: unknown, workflowIdOf: (user: DjangoUserId) => string): DjangoUserId {
  try {
    const user = parseDjangoUserId(value);
    if (workflowInfo().workflowId === workflowIdOf(user)) return user;
  } catch (error) {
    if (error instanceof BridgeError) throw ApplicationFailure.nonRetryable(error.message, error.code);
    throw error;
  }
  throw refusal('InvalidUserId', 'the workflow id is not the one of this user');
}

/**
 * There is one fleet run at most, since only one id is allowed.
 *
 * @throws ApplicationFailure `ConfigurationInvalid`
 */
export function ownFleet(): void {
  const { workflowId, taskQueue } = workflowInfo();
  const expected = fleetWorkflowId(interactiveTaskQueue(taskQueue));
  if (workflowId === expected) return;
  throw refusal('ConfigurationInvalid', `a fleet run has the workflow id ${expected}`);
}
