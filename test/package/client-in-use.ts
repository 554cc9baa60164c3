/** A module of an application: that it compiles is what it is there for. */
export const CLIENT_IN_USE = `
import { Client } from '@temporalio/client';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { createLibreChatClient, fromIoRedis, fromNodeRedis, parseDjangoUserId } from '@hestami/librechat-client';
import { ERRORS, type ErrorCode, type SessionUnavailable } from '@hestami/librechat-client/errors';
import { createSessionRecords, type RedisCommands } from '@hestami/librechat-client/session-record';
import { userStatus } from '@hestami/librechat-client/temporal';

const any: RedisCommands[] = [
  fromNodeRedis(createClient()),
  fromNodeRedis(createClientPool()),
  fromNodeRedis(createCluster({ rootNodes: [] })),
  fromNodeRedis(createSentinel({ name: 'any', sentinelRootNodes: [] })),
  fromIoRedis(new Redis()),
  fromIoRedis(new Cluster([])),
];
const [redis] = any as [RedisCommands];
const temporal = new Client();
createLibreChatClient({ temporal, redis, sessionKey: '' });
createLibreChatClient({ temporal: { address: 'temporal:7233', namespace: 'any', tls: true }, redis, sessionKey: '' });
export const status = userStatus(temporal, parseDjangoUserId('42'), 500);
export const statusOf = (error: SessionUnavailable): number => ERRORS[error.code satisfies ErrorCode].httpStatus;
export { createSessionRecords };
// @ts-expect-error A client of one library is not taken for one of the other: types are there, and not any.
fromIoRedis(createClient());
`;
