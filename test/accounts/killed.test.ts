import { expect, test } from '@jest/globals';
import { deleteAccount, suspendAccount } from '../../client/temporal/index.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { holdLock } from '../setup/row-lock.ts';
import { addProvisioned, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

/** Where the worker stands for a user when it is killed. */
const SUSPENSIONS = [
  ['requestPasswordReset', 'before'],
  ['requestPasswordReset', 'answer'],
  ['resetPassword', 'before'],
  ['resetPassword', 'password-written'],
  ['resetPassword', 'answer'],
] as const;
const ERASURES = [
  ['login', 'answer'],
  ['deleteUser', 'before'],
  ['deleteUser', 'sessions-deleted'],
  ['deleteUser', 'user-deleted'],
  ['deleteUser', 'answer'],
] as const;

interface Scene {
  readonly user: UserInWorld;
  readonly password: string;
}

/** A user who was deactivated, and for whom the worker is made to stand at a point of a call. */
async function stand(world: World, name: string, start: typeof suspendAccount, route: string, at: string) {
  const user = await addProvisioned(world, name.toLowerCase());
  const password = await passwordInRow(world, user.id);
  await changeRow(world, user, { is_active: false });
  const gate = await user.hold(route, at);
  await start(world.client, user.key, { taskQueue: world.taskQueue, waitMs: 0 });
  await gate.held();
  return { user, password };
}

test('a worker that is killed at any point of suspensions and erasures leaves what the next one brings to its end', async () => {
  await using world = await testWorld();
  const first = await startWorker(world.environment);
  const suspended: Scene[] = [];
  for (const [route, at] of SUSPENSIONS)
    suspended.push(await stand(world, `suspended-${route}-${at}`, suspendAccount, route, at));
  const erased: Scene[] = [];
  const erase = deleteAccount as typeof suspendAccount;
  for (const [route, at] of ERASURES)
    erased.push(await stand(world, `erased-${route}-${at}`, erase, route, at));
  // And one that waits for the row when all is done at LibreChat.
  const last = await stand(world, 'suspended-clear', suspendAccount, 'resetPassword', 'answer');
  suspended.push(last);
  const lock = await holdLock(world.database, 'row', last.user.id);
  await world.standIn.control.release({ address: last.user.address });
  await lock.waitedFor();

  await first.process.kill();
  await world.standIn.control.clearFaults();
  await world.standIn.control.release();
  await lock.release();
  await using _second = (await startWorker(world.environment)).process;

  for (const { user, password } of suspended) {
    expect(await user.handle.result()).toEqual({ outcome: 'suspended' });
    expect(await user.login(password)).toBe('Incorrect password.');
    expect(await world.database.user(user.id)).toMatchObject({ librechat_password_encrypted: '' });
    await changeRow(world, user, { is_active: true });
    expect(await (await world.provision(user.id)).result()).toEqual({ outcome: 'provisioned' });
  }
  for (const { user } of erased) {
    expect(await user.handle.result()).toMatchObject({ outcome: 'deleted' });
    expect(await user.account()).toMatchObject({ exists: false });
    expect(await world.database.user(user.id)).toMatchObject({
      librechat_user_id: '',
      librechat_password_encrypted: '',
    });
  }
});
