import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteAccount, suspendAccount } from '../../client/temporal/index.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import { addProvisioned, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

/** Where the worker stands for a user when it is killed. */
interface Place {
  readonly ends: 'suspended' | 'deleted';
  readonly route: string;
  readonly at: string;
  /** From there it goes on, until it waits for the row. */
  readonly thenWaitsForRow?: true;
}
const suspended = (route: string, at: string): Place => ({ ends: 'suspended', route, at });
const deleted = (route: string, at: string): Place => ({ ends: 'deleted', route, at });

/** At one time no more than four calls that hash are under way, and none for longer than 8 s. */
const PLACES: readonly (readonly [string, readonly Place[]])[] = [
  [
    'before LibreChat has changed',
    [
      suspended('requestPasswordReset', 'before'),
      suspended('requestPasswordReset', 'answer'),
      suspended('resetPassword', 'before'),
      deleted('login', 'answer'),
      deleted('deleteUser', 'before'),
    ],
  ],
  [
    'while it changes, and after',
    [
      suspended('resetPassword', 'password-written'),
      suspended('resetPassword', 'answer'),
      deleted('deleteUser', 'sessions-deleted'),
      deleted('deleteUser', 'user-deleted'),
      deleted('deleteUser', 'answer'),
      { ends: 'suspended', route: 'resetPassword', at: 'answer', thenWaitsForRow: true },
    ],
  ],
];

let world: World;
let worker: WorkerProcess;
let serial = 0;
beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  // From here on the workers know LibreChat's limits.
  await (await begin(await leaver(), 'suspended')).handle.result();
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

interface Leaver {
  readonly user: UserInWorld;
  readonly password: string;
}

async function leaver(): Promise<Leaver> {
  const user = await addProvisioned(world, `leaver${++serial}`);
  const password = await passwordInRow(world, user.id);
  await changeRow(world, user, { is_active: false });
  return { user, password };
}

async function begin({ user }: Leaver, ends: Place['ends']): Promise<UserInWorld> {
  const start = ends === 'suspended' ? suspendAccount : deleteAccount;
  await start(world.client, user.key, { taskQueue: world.taskQueue, waitMs: 0 });
  return user;
}

/** Starts what is to end the account, and brings the worker to the place. */
async function stand(one: Leaver, place: Place): Promise<() => Promise<void>> {
  const gate = await one.user.hold(place.route, place.at);
  await begin(one, place.ends);
  await gate.held();
  if (!place.thenWaitsForRow) return () => Promise.resolve();
  const lock = await holdLock(world.database, 'row', one.user.id);
  await gate.release();
  await lock.waitedFor();
  return () => lock.release();
}

async function expectEnded({ user, password }: Leaver, ends: Place['ends']): Promise<void> {
  const row = await world.database.user(user.id);
  expect(row.librechat_password_encrypted).toBe('');
  if (ends === 'deleted') {
    expect(row.librechat_user_id).toBe('');
    expect(await user.account()).toMatchObject({ exists: false });
    return;
  }
  expect(await user.login(password)).toBe('Incorrect password.');
  await changeRow(world, user, { is_active: true });
  expect(await (await world.provision(user.id)).result()).toEqual({ outcome: 'provisioned' });
}

test.each(PLACES)(
  'a worker that is killed %s leaves what the next one brings to its end',
  async (_, places) => {
    const leavers = [];
    for (const place of places) leavers.push({ place, one: await leaver() });
    const leave = await Promise.all(leavers.map(({ one, place }) => stand(one, place)));
    await worker.process.kill();
    for (const go of leave) await go();
    await world.standIn.control.release();
    worker = await startWorker(world.environment);
    for (const { one, place } of leavers) {
      expect(await one.user.handle.result()).toMatchObject({ outcome: place.ends });
      await expectEnded(one, place.ends);
    }
  },
);
