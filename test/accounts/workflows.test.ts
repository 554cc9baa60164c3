import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deleteAccount, suspendAccount } from '../../client/temporal/index.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { openGround, refreshAtLibreChat, type Ground } from '../sessions/setup.ts';
import { sweepOnce } from '../sweep/setup.ts';
import { loginWithRow, passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import { addProvisioned, addUser, changeRow, type UserInWorld } from '../setup/user-in-world.ts';

let ground: Ground;
/** Whatever must not stand in any history. */
const canaries: string[] = [];
const users: UserInWorld[] = [];

beforeAll(async () => {
  ground = await openGround();
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

const WRONG = 'Incorrect password.';
const options = () => ({ taskQueue: ground.world.taskQueue });
const suspend = ({ key }: UserInWorld) => suspendAccount(ground.world.client, key, options());
const erase = ({ key }: UserInWorld) => deleteAccount(ground.world.client, key, options());
const rowOf = ({ id }: UserInWorld) => ground.world.database.user(id);
const setActive = (user: UserInWorld, active: boolean) =>
  changeRow(ground.world, user, { is_active: active });

const onlyTheEpochIsLeft = async ({ id }: UserInWorld): Promise<boolean> =>
  (await ground.vault.redis.keys(`librechat:*:{${id}}`)).every((key) => key.startsWith('librechat:epoch:'));

/** A user with an account and a session, deactivated since. */
async function deactivated(name: string): Promise<{ user: UserInWorld; password: string }> {
  const user = await addProvisioned(ground.world, name);
  users.push(user);
  const password = await passwordInRow(ground.world, user.id);
  canaries.push(user.address, password);
  await setActive(user, false);
  return { user, password };
}

describe('a suspension', () => {
  test('ends password and sessions; the user who comes back finds the same account, and a session', async () => {
    const { user, password } = await deactivated('comes-back');
    const { bff, vault, world } = ground;
    const before = await vault.session(user.key);
    const { librechat_user_id: accountId } = await rowOf(user);
    expect(await suspend(user)).toEqual({ outcome: 'suspended' });
    expect(await user.login(password)).toBe(WRONG);
    expect(await refreshAtLibreChat(world, before)).not.toBe(200);
    await eventually('nothing of the session is left', () => onlyTheEpochIsLeft(user));

    await setActive(user, true);
    expect(await (await world.provision(user.id)).result()).toEqual({ outcome: 'provisioned' });
    await eventually('a session opens', async () => {
      const session = await bff.chat.session(user.id).catch(() => undefined);
      return session?.accountId === accountId;
    });
    expect(await loginWithRow(world, user.id)).toBe('own account');
    expect(await user.account()).toMatchObject({ registrations: 1 });
  });

  test('costs few billed actions, and none for a session where there was none', async () => {
    const { user } = await deactivated('frugal');
    await ground.vault.records.close(parseDjangoUserId(user.id));
    await ground.vault.redis.del(`librechat:closing:{${user.id}}`);
    expect(await suspend(user)).toEqual({ outcome: 'suspended' });
    expect(billedActions(await user.handle.fetchHistory())).toHaveLength(2);
  });

  test('is done by one run, however often it is asked for, and cannot be cancelled half-way', async () => {
    const { user } = await deactivated('asked-twice');
    const gate = await user.hold('resetPassword', 'answer');
    const asked = [suspend(user), suspend(user)];
    await gate.held();
    await user.handle.cancel();
    await gate.release();
    expect(await Promise.all(asked)).toEqual([{ outcome: 'suspended' }, { outcome: 'suspended' }]);
    expect(await user.account()).toMatchObject({ distinctPasswords: 2 });
    await expect(ground.bff.chat.session(user.id)).rejects.toMatchObject({ code: 'UserInactive' });
  });

  test('waits for a provisioning that is blocked, which ends since the user is inactive', async () => {
    const { world } = ground;
    const user = await addUser(world, 'blocked-then-inactive');
    await world.standIn.control.changeAccount(user.address, { create: true, password: 'of-somebody-else' });
    const provisioning = await world.provision(user.id);
    await eventually('it is blocked', async () => {
      const { typedSearchAttributes } = await provisioning.describe();
      return typedSearchAttributes.getAll().some(({ value }) => value === 'AccountConflict');
    });
    await setActive(user, false);
    expect(await suspend(user)).toEqual({ outcome: 'nothing' });
    expect(await rowOf(user)).toMatchObject({ librechat_password_encrypted: '' });
  });

  test('of an active user, or of nobody, is told', async () => {
    const user = await addProvisioned(ground.world, 'active');
    expect(await suspend(user)).toEqual({ outcome: 'active' });
    expect(await loginWithRow(ground.world, user.id)).toBe('own account');
    expect(
      await suspendAccount(ground.world.client, parseDjangoUserId('1'), { ...options(), waitMs: 10_000 }),
    ).toEqual({ outcome: 'gone' });
  });
});

test('a user who is activated again while the suspension is under way is brought back by the sweep, with the same account', async () => {
  const { world } = ground;
  const { user } = await deactivated('changes-mind');
  const { librechat_user_id: accountId } = await rowOf(user);
  const gate = await user.hold('resetPassword', 'answer');
  const suspension = suspend(user);
  await gate.held();
  await setActive(user, true);
  // Django's start joins the suspension, and so does nothing.
  await world.provision(user.id);
  await gate.release();
  expect(await suspension).toEqual({ outcome: 'active' });
  expect((await rowOf(user)).librechat_synced_at).toBeNull();
  await eventually('the sweep has found the row, and the repair has ended', async () => {
    await sweepOnce(world);
    return (await rowOf(user)).librechat_synced_at !== null;
  });
  expect(await loginWithRow(world, user.id)).toBe('own account');
  expect(await rowOf(user)).toMatchObject({ librechat_user_id: accountId });
});

test('an erasure takes the account with all that is in it, the row’s columns and the session record', async () => {
  const { user } = await deactivated('erased');
  expect(await erase(user)).toEqual({ outcome: 'deleted' });
  expect(await user.account()).toMatchObject({ exists: false });
  expect(await rowOf(user)).toMatchObject({
    librechat_user_id: '',
    librechat_synced_at: null,
    librechat_password_encrypted: '',
  });
  await eventually('nothing of the session is left', () => onlyTheEpochIsLeft(user));
  expect(await erase(user)).toEqual({ outcome: 'nothing' });
});

test('no history and no log holds an address, a password, a token or a ciphertext', async () => {
  const texts: string[] = [];
  for (const user of users)
    for (const { raw, payloads } of await readHistories(ground.world.client, user.handle.workflowId)) {
      // A repair has the one ciphertext that any history may hold.
      if (!raw.includes('"rotateCredential"')) texts.push(raw, ...payloads);
    }
  expect(texts.length).toBeGreaterThan(users.length * 4);
  const secrets = [...canaries, 'eyJhbGciOi', 'reset-password?token', 'gAAAAA'];
  expect(canariesFound(secrets, texts)).toEqual([]);
  expect(ground.worker.log.length).toBeGreaterThan(5);
  expect(canariesFound(secrets, ground.worker.log)).toEqual([]);
});
