/** The session record in Redis: its keys, its seal, and the one way to write it. Shared by the BFF and the worker. */
export type { SessionFailure } from './failure.ts';
export { isFresh, isUsable, type TokenTimes } from './freshness.ts';
export { parseKeyRing, SessionKeyRing } from './key-rings.ts';
export { recordKeys, type RecordKeys } from './keys.ts';
export type { SessionMaterial } from './material.ts';
export { openAccessToken, openRefreshToken, readRecord, sealRecord, type SessionRecord } from './record.ts';
export {
  fromIoRedis,
  fromNodeRedis,
  type IoRedisLike,
  type NodeRedisLike,
  type RedisCommands,
  type RedisScript,
} from './redis-commands.ts';
export { RECORD_SCRIPT } from './script.ts';
export {
  createSessionRecords,
  READ_TIMEOUT_MS,
  WRITE_TIMEOUT_MS,
  type SessionRecords,
  type WriteRefusal,
} from './store.ts';
