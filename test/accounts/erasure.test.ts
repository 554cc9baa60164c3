import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { setup, type EndingBench } from './setup.ts';

let bench: EndingBench;
let serial = 0;
let address: string;

beforeAll(async () => {
  bench = await setup();
});
beforeEach(() => {
  address = `erased${++serial}@example.com`;
});
afterEach(() => bench.control.settings({ allowAccountDeletion: true, allowPasswordReset: true }));
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const rowOf = (id: string) => bench.database.user(id);
const accountOf = (of = address) => bench.control.account(of);
const override = (id: string, assignment: string) =>
  bench.database.override(`UPDATE users_user SET ${assignment} WHERE id = $1`, [id]);

/** LibreChat has no account, and the row nothing of ours. */
async function expectErased(id: string): Promise<void> {
  expect(await accountOf()).toMatchObject({ exists: false });
  const { librechat_user_id: accountId, librechat_synced_at: syncedAt, ...row } = await rowOf(id);
  expect(accountId ?? '').toBe('');
  expect(syncedAt).toBeNull();
  expect(row.librechat_password_encrypted ?? '').toBe('');
}

describe('an inactive user’s account is deleted, and the row emptied', () => {
  test('by the password of the row', async () => {
    const id = await bench.deactivated(address);
    expect(await bench.erase(id)).toBe('deleted');
    await expectErased(id);
    expect(await accountOf()).toMatchObject({ distinctPasswords: 1 });
    expect(bench.lastRecord()).toBe('closed');
    expect(await bench.services.sessionStore.hasSession(parseDjangoUserId(id))).toBe(false);
    expect(await bench.erase(id)).toBe('nothing');
  });

  test.each<readonly [string, (id: string) => Promise<unknown>]>([
    ['was suspended before', (id) => bench.suspend(id)],
    ['has a column that no key opens', (id) => override(id, `librechat_password_encrypted = 'garbage'`)],
    ['has set another password', () => bench.control.changeAccount(address, { password: 'of-the-user' })],
    ['has an empty column', (id) => override(id, `librechat_password_encrypted = NULL`)],
  ])('by a link, where the user %s', async (_what, change) => {
    const id = await bench.deactivated(address);
    await change(id);
    expect(await bench.erase(id)).toBe('deleted');
    await expectErased(id);
  });

  test('also where it was never linked, or its user is an administrator of LibreChat', async () => {
    const id = await bench.deactivated(address);
    await override(id, 'librechat_user_id = NULL, librechat_synced_at = NULL');
    await bench.control.changeAccount(address, { role: 'ADMIN' });
    expect(await bench.erase(id)).toBe('deleted');
    await expectErased(id);
  });

  test('and the user who comes back gets a new one', async () => {
    const id = await bench.deactivated(address);
    const { id: before } = await accountOf();
    await bench.erase(id);
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
    expect((await accountOf()).id).not.toBe(before);
    expect(await bench.rowOpens(id)).toBe(true);
  });
});

describe('an attempt that died', () => {
  test.each<readonly [string, string]>([
    ['login', 'answer'],
    ['deleteUser', 'before'],
    ['deleteUser', 'sessions-deleted'],
    ['deleteUser', 'user-deleted'],
    ['deleteUser', 'answer'],
  ])('at %s, %s, is repeated to the end', async (route, at) => {
    const id = await bench.deactivated(address);
    await bench.control.fault({ route, at, action: 'drop', address });
    expect(await bench.erase(id)).toBe('UpstreamUnavailable');
    const isDeleted = at === 'user-deleted' || (route === 'deleteUser' && at === 'answer');
    expect(await bench.erase(id)).toBe(isDeleted ? 'deleted AccountMissing' : 'deleted');
    await expectErased(id);
  });

  test.each(['requestPasswordReset', 'resetPassword', 'login'])(
    'at %s, where the password is set by a link, is repeated to the end',
    async (route) => {
      const id = await bench.deactivated(address);
      await bench.suspend(id);
      await bench.control.fault({ route, at: 'answer', action: 'drop', address });
      expect(await bench.erase(id)).toMatch(/^(UpstreamUnavailable|ResetUnknown)$/);
      expect(await bench.erase(id)).toBe('deleted');
      await expectErased(id);
    },
  );
});

test.each(['open', 'mark', 'delete'] as const)(
  'an attempt whose worker stood still deletes nothing: it does not go on to %s',
  async (stage) => {
    const id = await bench.deactivated(address);
    expect(await bench.erase(id, { stage })).toBe('AttemptLost');
    expect(await accountOf()).toMatchObject({ exists: true });
    await bench.setActive(id, true);
    await bench.heal(id);
    expect(await bench.rowOpens(id)).toBe(true);
  },
);

describe('where LibreChat does not let it be deleted, its user is shut out', () => {
  test.each<readonly [string, () => Promise<unknown>]>([
    ['DeletionForbidden', () => bench.control.settings({ allowAccountDeletion: false })],
    ['TwoFactorEnabled', () => bench.control.changeAccount(address, { twoFactor: true })],
  ])('%s', async (code, change) => {
    const id = await bench.deactivated(address);
    const password = await bench.passwordOf(id);
    const { librechat_user_id: accountId } = await rowOf(id);
    await change();
    expect(await bench.erase(id)).toBe(`suspended ${code}`);
    expect(await bench.login(address, password)).toBe('Incorrect password.');
    expect(await accountOf()).toMatchObject({ exists: true, sessions: 0 });
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId, librechat_password_encrypted: '' });
    await bench.control.settings({ allowAccountDeletion: true });
    await bench.control.changeAccount(address, { twoFactor: false });
    expect(await bench.erase(id)).toBe('deleted');
    await expectErased(id);
  });
});

describe('nothing is deleted', () => {
  test('of an active user, or of one who is activated before the mark', async () => {
    const id = await bench.provisioned(address);
    expect(await bench.erase(id)).toBe('active UserActive');
    expect(await bench.services.sessionStore.hasSession(parseDjangoUserId(id))).toBe(true);
    await bench.setActive(id, false);
    const held = await bench.heldAt(address, 'login', 'answer', () => bench.erase(id));
    await bench.setActive(id, true);
    expect(await held.release()).toBe('active UserActive');
    expect(await bench.rowOpens(id)).toBe(true);
  });

  test('where there is no row, or no account', async () => {
    const id = await bench.deactivated(address);
    await bench.database.owner.query('DELETE FROM users_user WHERE id = $1', [id]);
    expect(await bench.erase(id)).toBe('gone');
    expect(await accountOf()).toMatchObject({ exists: true });
    const never = await bench.database.addUser({
      email: `never-${address}`,
      active: false,
      sealedPassword: bench.seal('minted-by-django-once'),
    });
    expect(await bench.erase(never)).toBe('nothing');
    expect(await rowOf(never)).toMatchObject({ librechat_password_encrypted: '' });
  });

  test('of somebody else’s account, whatever address the row has got', async () => {
    const id = await bench.deactivated(address);
    const other = `victim-${address}`;
    const victim = await bench.provisioned(other);
    await bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, other]);
    expect(await bench.erase(id)).toBe('failed ResetLinkMismatch');
    await override(id, `librechat_password_encrypted = '${bench.seal(await bench.passwordOf(victim))}'`);
    expect(await bench.erase(id)).toBe('failed AccountConflict');
    expect(await bench.rowOpens(victim)).toBe(true);
    expect(await accountOf()).toMatchObject({ exists: true });
  });

  test('where LibreChat gives out no link and the password is another one: the row stays as it is', async () => {
    const id = await bench.deactivated(address);
    await bench.control.changeAccount(address, { password: 'of-the-user' });
    await bench.control.settings({ allowPasswordReset: false });
    const before = await rowOf(id);
    expect(await bench.erase(id)).toBe('failed ResetUnavailable');
    expect(await rowOf(id)).toEqual(before);
  });
});

describe('an account that LibreChat does not know', () => {
  test('is forgotten, and the verdict says that the address may have been changed', async () => {
    const id = await bench.deactivated(address);
    await bench.control.changeAccount(address, { deleted: true });
    expect(await bench.erase(id)).toBe('deleted AccountMissing');
    await expectErased(id);
  });

  test('under the new address of its user is still there under the old one', async () => {
    const id = await bench.deactivated(address);
    await bench.suspend(id);
    await bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, `x${address}`]);
    expect(await bench.erase(id)).toBe('deleted AccountMissing');
    expect(await accountOf()).toMatchObject({ exists: true });
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: '' });
  });
});

test('a user who is activated while LibreChat says that it does not know the address keeps the link', async () => {
  const id = await bench.deactivated(address);
  const { librechat_user_id: accountId } = await rowOf(id);
  await bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, `x${address}`]);
  const held = await bench.heldAt(`x${address}`, 'login', 'answer', () => bench.erase(id));
  await bench.setActive(id, true);
  expect(await held.release()).toBe('active UserActive');
  expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId });
});

test('a user who is activated while the account is being deleted gets a new one', async () => {
  const id = await bench.deactivated(address);
  const held = await bench.heldAt(address, 'deleteUser', 'user-deleted', () => bench.erase(id));
  await bench.setActive(id, true);
  expect(await held.release()).toBe('deleted');
  expect(await bench.heal(id)).toBe('provisioned');
  expect(await bench.rowOpens(id)).toBe(true);
});
