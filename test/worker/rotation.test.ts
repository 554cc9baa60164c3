import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { Secret } from '../../contract/secret.ts';
import type { StoredUser } from '../../tools/database/user-database.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import { newKey, type World } from '../../tools/world.ts';
import { loginWithRow, passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import { addProvisioned, addUser, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
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
afterEach(() => world.standIn.control.settings({ allowPasswordReset: true, mail: 'none', clearBans: true }));

const rowOf = ({ id }: UserInWorld): Promise<StoredUser> => world.database.user(id);
const mintedAt = ({ librechat_password_encrypted: sealed }: StoredUser): number =>
  createKeyRing(new Secret(world.keys.encryption)).open(sealed ?? '').mintedAtSeconds;
const resetRequests = async (): Promise<number> =>
  (await world.standIn.control.counters()).routes['requestPasswordReset']?.calls ?? 0;

/** The password works, LibreChat never had another one, and the row says that both agree. */
async function expectUntouched(user: UserInWorld, before: StoredUser): Promise<void> {
  expect(await rowOf(user)).toEqual(before);
  expect(before.librechat_synced_at).not.toBeNull();
  expect(await loginWithRow(world, user.id)).toBe('own account');
  expect(await user.account()).toMatchObject({ distinctPasswords: 1 });
}

describe('a rotation', () => {
  test('gives row and LibreChat one new password, and the old one opens nothing', async () => {
    const user = await addProvisioned(world, 'happy');
    const before = await rowOf(user);
    const old = await passwordInRow(world, user.id);
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'rotated' });
    // The session in use was replaced by that of the login that verified, and none is left over.
    expect(await user.account()).toMatchObject({ distinctPasswords: 2, sessions: 1, registrations: 1 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
    expect(await user.login(old)).toBe('Incorrect password.');
    const after = await rowOf(user);
    expect(mintedAt(after)).toBeGreaterThan(mintedAt(before));
    expect(after.librechat_synced_at?.getTime()).toBeGreaterThan(before.librechat_synced_at?.getTime() ?? 0);
    expect(after).toMatchObject({ email: before.email, librechat_user_id: before.librechat_user_id });
  });

  test('three times in one second makes three passwords, each with a later time', async () => {
    const user = await addProvisioned(world, 'often');
    const times = [mintedAt(await rowOf(user))];
    for (let round = 0; round < 3; round++) {
      expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'rotated' });
      times.push(mintedAt(await rowOf(user)));
    }
    expect(new Set(times).size).toBe(4);
    expect(times.toSorted((one, other) => one - other)).toEqual(times);
    expect(await user.account()).toMatchObject({ distinctPasswords: 4 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('costs three billable actions, and a heartbeat only when it takes long', async () => {
    const user = await addProvisioned(world, 'billed');
    const gate = await user.hold('login', 'answer');
    const rotation = user.rotate({ reason: 'scheduled' });
    await gate.held();
    const pending = async () => (await user.handle.describe()).raw.pendingActivities?.[0];
    // All is done but the last answer, and nothing was sent; a second later something is, so the test could fail.
    expect(await pending()).toMatchObject({ attempt: 1, heartbeatDetails: null });
    await eventually('a heartbeat was sent', async () => (await pending())?.heartbeatDetails != null);
    await gate.release();
    expect(await rotation).toEqual({ outcome: 'rotated' });
    expect(billedActions(await user.handle.fetchHistory())).toEqual([
      'workflowExecutionStartedEventAttributes',
      'markerRecordedEventAttributes',
      'activityTaskScheduledEventAttributes',
    ]);
  });

  test('leaves one sealed password in the history, and nothing that can be read', async () => {
    const user = await addProvisioned(world, 'canary-of-history');
    const before = await rowOf(user);
    const secrets = [user.address, await passwordInRow(world, user.id), ...Object.values(world.keys)];
    await user.rotate({ reason: 'manual' });
    const { librechat_password_encrypted: sealed, librechat_user_id: accountId } = await rowOf(user);
    secrets.push(await passwordInRow(world, user.id), before.librechat_password_encrypted ?? '');
    const histories = await readHistories(world.client, user.handle.workflowId);
    const texts = histories.flatMap(({ raw, payloads }) => [raw, ...payloads]);
    const tokens = texts.flatMap((text) => text.match(/gAAAAA[A-Za-z0-9_-]+=*/g) ?? []);
    expect([...new Set(tokens)]).toEqual([sealed]);
    expect(canariesFound(secrets, texts)).toEqual([]);
    expect(canariesFound([accountId ?? '', 'reset-password', 'eyJhbGciOi'], texts)).toEqual([]);
    expect(canariesFound([...secrets, sealed ?? ''], worker.log)).toEqual([]);
  });
});

describe.each(['manual', 'repair'] as const)('a %s one, where there is nothing to rotate', (reason) => {
  test('ends with what the row says', async () => {
    const gone = await addUser(world, `gone-${reason}`);
    await world.database.owner.query('DELETE FROM users_user WHERE id = $1', [gone.id]);
    expect(await gone.rotate({ reason })).toEqual({ outcome: 'gone' });
    const inactive = await addProvisioned(world, `inactive-${reason}`);
    await changeRow(world, inactive, { is_active: false });
    expect(await inactive.rotate({ reason })).toEqual({ outcome: 'inactive' });
    const unlinked = await addUser(world, `unlinked-${reason}`);
    expect(await unlinked.rotate({ reason })).toEqual({ outcome: 'failed', code: 'NotProvisioned' });
    for (const user of [inactive, unlinked])
      expect((await user.account()).distinctPasswords).toBe(user === inactive ? 1 : 0);
  });

  test('an unreadable password is given up at the word of an operator only', async () => {
    const user = await addProvisioned(world, `unreadable-${reason}`);
    const sealed = createKeyRing(new Secret(newKey())).seal(new Secret('of-another-installation'));
    await changeRow(world, user, { librechat_password_encrypted: sealed });
    const before = await rowOf(user);
    expect(await user.rotate({ reason })).toEqual({ outcome: 'failed', code: 'KeyMissing' });
    expect(await rowOf(user)).toEqual(before);
    expect(await user.account()).toMatchObject({ distinctPasswords: 1 });
    expect(await user.rotate({ reason, overwriteUnreadable: true })).toEqual({ outcome: 'rotated' });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });
});

describe('a LibreChat that gives out no links', () => {
  test.each([
    ['since resets are switched off', { allowPasswordReset: false }],
    ['since it mails them', { mail: 'works' }],
  ] as const)('(%s) ends the rotation at once, and the old password goes on', async (name, settings) => {
    const user = await addProvisioned(world, `no-link-${name.length}`);
    const before = await rowOf(user);
    await world.standIn.control.settings(settings);
    const requests = await resetRequests();
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'failed', code: 'ResetUnavailable' });
    expect((await resetRequests()) - requests).toBe(1);
    expect((await user.handle.describe()).status.name).toBe('COMPLETED');
    expect(await user.account()).toMatchObject({ sessions: 1 });
    await expectUntouched(user, before);
    // A user whom a rotation could not help is not thereby broken.
    expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'intact' });
  });
});

describe('an account that is not the one of the row', () => {
  test('deleted in LibreChat: AccountMissing, and none is registered', async () => {
    const user = await addProvisioned(world, 'deleted');
    const before = await rowOf(user);
    await world.standIn.control.changeAccount(user.address, { deleted: true });
    const missing = { outcome: 'failed', code: 'AccountMissing' };
    expect(await user.rotate({ reason: 'manual' })).toEqual(missing);
    expect(await user.rotate({ reason: 'repair' })).toEqual(missing);
    expect(await user.account()).toMatchObject({ exists: false, registrations: 1 });
    expect(await rowOf(user)).toEqual(before);
  });

  test('address changed in Django to one that LibreChat does not know: AccountMissing until it is put right', async () => {
    const user = await addProvisioned(world, 'moved');
    await changeRow(world, user, { email: 'moved-away@example.com' });
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'failed', code: 'AccountMissing' });
    await changeRow(world, user, { email: user.address });
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'rotated' });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test("address changed in Django to somebody else's: ResetLinkMismatch, and that one keeps the password", async () => {
    const victim = await addProvisioned(world, 'victim');
    const before = await rowOf(victim);
    const user = await addProvisioned(world, 'climber');
    await changeRow(world, user, { email: ' Victim@Example.com ' });
    const row = await rowOf(user);
    for (const reason of ['manual', 'scheduled', 'incident', 'repair'] as const)
      expect(await user.rotate({ reason })).toEqual({ outcome: 'failed', code: 'ResetLinkMismatch' });
    await expectUntouched(victim, before);
    expect(await rowOf(user)).toEqual(row);
    await changeRow(world, user, { email: user.address });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });
});

describe('what was done inside LibreChat', () => {
  test('two-factor keeps the user out, not the rotation', async () => {
    const user = await addProvisioned(world, 'two-factor');
    await world.standIn.control.changeAccount(user.address, { twoFactor: true });
    expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'intact', code: 'TwoFactorEnabled' });
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'rotated' });
    expect((await rowOf(user)).librechat_synced_at).not.toBeNull();
    await world.standIn.control.changeAccount(user.address, { twoFactor: false });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('a ban of the worker ends the rotation, and the old password goes on', async () => {
    const user = await addProvisioned(world, 'banned');
    const before = await rowOf(user);
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1']) await world.standIn.control.ban(address);
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'failed', code: 'AccountBanned' });
    expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'failed', code: 'AccountBanned' });
    await world.standIn.control.settings({ clearBans: true });
    await expectUntouched(user, before);
  });

  test.each(['a password of somebody', 'abc'])('the password %j is overruled', async (password) => {
    for (const reason of ['manual', 'repair'] as const) {
      const user = await addProvisioned(world, `overruled-${reason}-${password.length}`);
      await world.standIn.control.changeAccount(user.address, { password });
      expect(await loginWithRow(world, user.id)).toBe('Incorrect password.');
      expect(await user.rotate({ reason })).toEqual({ outcome: 'rotated' });
      expect(await loginWithRow(world, user.id)).toBe('own account');
      expect(await user.account()).toMatchObject({ distinctPasswords: 3 });
    }
  });
});

test('a repair leaves a password alone that works, and takes the doubt from the row', async () => {
  const user = await addProvisioned(world, 'intact');
  const before = await rowOf(user);
  await changeRow(world, user, { librechat_synced_at: null });
  expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'intact' });
  const { librechat_synced_at: synced, ...rest } = await rowOf(user);
  expect(synced).not.toBeNull();
  expect({ ...rest, librechat_synced_at: before.librechat_synced_at }).toEqual(before);
  expect(await user.account()).toMatchObject({ distinctPasswords: 1 });
});
