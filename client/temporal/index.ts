/** Starts and describes workflows. Takes a Temporal client, and knows workflows by name only. */
export { closeClient, endCalls } from './call.ts';
export { deleteAccount, suspendAccount, type EndOptions } from './end-account.ts';
export { provisionAccount, type ProvisionOptions, type ProvisionStart } from './provision.ts';
export { refreshSession } from './refresh.ts';
export { rotateCredential, type RotateOptions, type RotateOutcome } from './rotate.ts';
export { closeSession } from './sign-out.ts';
export type { AccountOutcome } from './start-or-join.ts';
export { userStatus, type OpenWorkflow, type UserStatus } from './status.ts';
