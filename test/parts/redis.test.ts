import { createClient } from 'redis';
import { expect, test } from '@jest/globals';
import { startRedis } from '../../tools/parts/index.ts';

async function ping(url: string): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } finally {
    client.destroy();
  }
}

test('it can be taken away, and comes back at the same address', async () => {
  await using redis = await startRedis({ own: true });
  expect(await ping(redis.url)).toBe('PONG');
  await redis.stop();
  await expect(ping(redis.url)).rejects.toThrow('ECONNREFUSED');
  await redis.restart();
  expect(await ping(redis.url)).toBe('PONG');
});
