import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RotateOutcome } from '../../client/temporal/index.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import { newKey, type World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { addProvisioned, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

/**
 * Rotates with a new key in front, kills the worker at a place of the call, and lets one without that key go on: an operator
 * who takes a key back, or deploys the keys in the wrong order.
 */
async function retiredIn(user: UserInWorld, route: string, at: string): Promise<RotateOutcome> {
  await worker.process.stop();
  const keys = [newKey(), world.keys.encryption].join(',');
  const first = await startWorker({ ...world.environment, LIBRECHAT_ENCRYPTION_KEY: keys });
  const call = await user.hold(route, at);
  const rotation = user.rotate({ reason: 'manual' });
  await call.held();
  await first.process.kill();
  await call.release();
  worker = await startWorker(world.environment);
  return rotation;
}

describe('a rotation whose new password no key opens any more', () => {
  test('fails before LibreChat has it, and the old one goes on', async () => {
    const user = await addProvisioned(world, 'retired-early');
    const before = await world.database.user(user.id);
    const outcome = await retiredIn(user, 'requestPasswordReset', 'before');
    expect(outcome).toEqual({ outcome: 'failed', code: 'KeyMissing' });
    expect(await world.database.user(user.id)).toEqual(before);
    expect(before.librechat_synced_at).not.toBeNull();
    expect(await loginWithRow(world, user.id)).toBe('own account');
    expect(await user.account()).toMatchObject({ distinctPasswords: 1 });
  });

  test('fails after LibreChat has it: the row is in doubt, and a repair gives both one that opens', async () => {
    const user = await addProvisioned(world, 'retired-late');
    const { librechat_password_encrypted: sealed } = await world.database.user(user.id);
    const outcome = await retiredIn(user, 'resetPassword', 'answer');
    expect(outcome).toEqual({ outcome: 'failed', code: 'KeyMissing' });
    // Never a token that cannot be opened.
    const doubtful = await world.database.user(user.id);
    expect(doubtful).toMatchObject({ librechat_password_encrypted: sealed, librechat_synced_at: null });
    expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'rotated' });
    expect(await user.account()).toMatchObject({ distinctPasswords: 3, sessions: 1, registrations: 1 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
    expect((await world.database.user(user.id)).librechat_synced_at).not.toBeNull();
  });
});
