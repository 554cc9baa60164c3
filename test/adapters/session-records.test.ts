import { describe, expect, test } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import { fromIoRedis, fromNodeRedis, type RedisCommands } from '../../client/session-record/index.ts';
import { redisUrl } from '../setup/parts.ts';
import { redisCommandsSuite, type ConnectedLibrary } from '../suites/redis-commands.ts';

async function connectNodeRedis(url: string): Promise<ConnectedLibrary> {
  const redis = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: 100 } });
  redis.on('error', () => undefined);
  await redis.connect();
  return {
    commands: fromNodeRedis(redis),
    flushScripts: () => redis.scriptFlush(),
    set: (key, value) => redis.set(key, value, { EX: 60 }),
    push: (key, value) => redis.lPush(key, value),
    close: () => redis.destroy(),
  };
}

async function connectIoRedis(url: string): Promise<ConnectedLibrary> {
  const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => 100 });
  redis.on('error', () => undefined);
  await redis.connect();
  return {
    commands: fromIoRedis(redis),
    flushScripts: () => redis.script('FLUSH'),
    set: (key, value) => redis.set(key, value, 'EX', 60),
    push: (key, value) => redis.lpush(key, value),
    close: () => redis.disconnect(),
  };
}

describe('on node-redis', () => {
  redisCommandsSuite({ redisUrl: redisUrl(), connect: connectNodeRedis });
});

describe('on ioredis', () => {
  redisCommandsSuite({ redisUrl: redisUrl(), connect: connectIoRedis });
});

test('every kind of client of both libraries fits, without a cast', () => {
  // The compiler has proven it; this shows that it was asked.
  const commands: readonly RedisCommands[] = [
    fromNodeRedis(createClient()),
    fromNodeRedis(createClientPool()),
    fromNodeRedis(createCluster({ rootNodes: [] })),
    fromNodeRedis(createSentinel({ name: 'any', sentinelRootNodes: [] })),
    fromIoRedis(new Redis({ lazyConnect: true })),
    fromIoRedis(new Cluster([{ host: 'localhost' }], { lazyConnect: true })),
  ];
  expect(commands).toHaveLength(6);
});
