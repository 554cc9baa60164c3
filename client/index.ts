/** Starts what changes a user's LibreChat account. Takes a Temporal client, and knows workflows by name only. */
export { BridgeError, ERRORS, isErrorCode, type ErrorCode, type ErrorEntry } from '../contract/errors.ts';
export { parseDjangoUserId, type DjangoUserId } from '../contract/ids.ts';
export type { RotateReason, RotateVerdict } from '../contract/messages.ts';
export { provisionAccount, type ProvisionOptions, type ProvisionStart } from './provision.ts';
export { rotateCredential, type RotateOptions, type RotateOutcome } from './rotate.ts';
export { closeClient } from './temporal-call.ts';
