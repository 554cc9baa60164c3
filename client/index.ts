/** What a BFF installs: sessions for chat requests, and the start of everything that changes a user's LibreChat account. */
export { ERRORS, type ErrorEntry } from '../contract/error-table.ts';
export { BridgeError, isErrorCode, type ErrorCode } from '../contract/errors.ts';
export { parseDjangoUserId, type AccountId, type DjangoUserId } from '../contract/ids.ts';
export type { RotateReason, RotateVerdict } from '../contract/messages.ts';
export { Secret } from '../contract/secret.ts';
export {
  createLibreChatClient,
  type LibreChatClient,
  type LibreChatClientOptions,
  type SignOutOutcome,
} from './client.ts';
export {
  fromIoRedis,
  fromNodeRedis,
  type IoRedisLike,
  type NodeRedisLike,
  type RedisCommands,
  type RedisScript,
} from './session-record/redis-commands.ts';
export { SessionUnavailable } from './session/session-unavailable.ts';
export type { ChatSession } from './session/reader.ts';
export type { SessionOptions } from './session/sessions.ts';
export type { TemporalTarget } from './temporal-access.ts';
export type { ProvisionOptions, ProvisionStart } from './temporal/provision.ts';
export type { RotateOptions, RotateOutcome } from './temporal/rotate.ts';
export type { OpenWorkflow, UserStatus } from './temporal/status.ts';
