import { openWorld, type World } from '../../tools/world.ts';
import { postgresUrl, redisUrl, temporalAddress } from './parts.ts';

/** A world on the real parts of the test runner, with cheap hashes: tests are not about the time that they take. */
export function testWorld(options: Parameters<typeof openWorld>[1] = {}): Promise<World> {
  const parts = { temporalAddress: temporalAddress(), postgresUrl: postgresUrl(), redisUrl: redisUrl() };
  return openWorld(parts, {
    ...options,
    standInFlags: { 'bcrypt-cost': 4, ...options.standInFlags },
  });
}
