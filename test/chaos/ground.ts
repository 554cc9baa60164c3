import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresUrl, redisUrl, temporalAddress } from '../setup/parts.ts';
import type { Ground } from './slot.ts';

/** The parts of the test runner, with cheap hashes. */
export function testGround(): Ground {
  const parts = { temporalAddress: temporalAddress(), postgresUrl: postgresUrl(), redisUrl: redisUrl() };
  const compileCache = mkdtempSync(join(tmpdir(), 'hestami-compiled-'));
  return { parts, bcryptCost: 4, compileCache };
}
