import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { setup, type EndingBench } from './setup.ts';

let bench: EndingBench;
let serial = 0;
let address: string;

beforeAll(async () => {
  bench = await setup();
});
beforeEach(() => {
  address = `suspended${++serial}@example.com`;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const WRONG = 'Incorrect password.';
const rowOf = (id: string) => bench.database.user(id);
const accountOf = (of = address) => bench.control.account(of);
/** An inactive user whose provisioning died before the link was written. */
async function unlinked(): Promise<string> {
  const id = await bench.provisioned(address);
  await bench.database.override(
    'UPDATE users_user SET is_active = false, librechat_user_id = NULL, librechat_synced_at = NULL WHERE id = $1',
    [id],
  );
  return id;
}

describe('a user who was deactivated', () => {
  test('is shut out: the password is another one that nobody has, the sessions are dead, the row keeps the account', async () => {
    const id = await bench.deactivated(address);
    const [password, { librechat_user_id: accountId }] = [await bench.passwordOf(id), await rowOf(id)];
    expect(await bench.suspend(id)).toBe('suspended');
    expect(bench.lastRecord()).toBe('closed');
    expect(await bench.login(address, password)).toBe(WRONG);
    expect(await accountOf()).toMatchObject({ id: accountId, sessions: 0, distinctPasswords: 2 });
    expect(await rowOf(id)).toMatchObject({
      librechat_user_id: accountId,
      librechat_password_encrypted: '',
      librechat_synced_at: null,
    });
    expect(await bench.services.sessionStore.hasSession(parseDjangoUserId(id))).toBe(false);
  });

  test('and is activated again gets the same account, and a session', async () => {
    const id = await bench.deactivated(address);
    const { librechat_user_id: accountId } = await rowOf(id);
    await bench.suspend(id);
    await bench.setActive(id, true);
    expect(await bench.open(id)).toBe('provisioned');
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId });
    expect((await rowOf(id)).librechat_synced_at).not.toBeNull();
    expect(await bench.rowOpens(id)).toBe(true);
    expect(await accountOf()).toMatchObject({ registrations: 1 });
  });

  test('and was shut out already is shut out once more, without harm', async () => {
    const id = await bench.deactivated(address);
    expect(await bench.suspend(id)).toBe('suspended');
    expect(await bench.suspend(id)).toBe('suspended');
    expect(bench.lastRecord()).not.toBe('unknown');
    expect(await rowOf(id)).toMatchObject({ librechat_password_encrypted: '' });
  });

  test('and has two factors, or whose password no key opens, is shut out like others', async () => {
    const id = await bench.deactivated(address);
    await bench.control.changeAccount(address, { twoFactor: true });
    await bench.database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
      id,
      'garbage',
    ]);
    expect(await bench.suspend(id)).toBe('suspended');
    expect(await accountOf()).toMatchObject({ sessions: 0, distinctPasswords: 2 });
    expect(await rowOf(id)).toMatchObject({ librechat_password_encrypted: '' });
  });

  test('but never had an account is settled at once: the column is emptied, and nobody is registered', async () => {
    const id = await bench.database.addUser({
      email: address,
      active: false,
      sealedPassword: bench.seal('minted-by-django-once'),
    });
    expect(await bench.suspend(id)).toBe('nothing');
    expect(bench.lastRecord()).toBe('none');
    expect(await rowOf(id)).toMatchObject({ librechat_password_encrypted: '', librechat_user_id: null });
    expect(await accountOf()).toMatchObject({ exists: false });
    expect(await bench.suspend(id)).toBe('nothing');
  });

  test('while Redis is away is shut out all the same', async () => {
    await using away = await setup({ redisUrl: 'redis://127.0.0.1:1' });
    const id = await away.deactivated(address);
    expect(await away.suspend(id)).toBe('suspended');
    expect(away.lastRecord()).toBe('unknown');
    expect(await away.control.account(address)).toMatchObject({ sessions: 0 });
  });
});

describe('a row that is not linked', () => {
  test('is linked to the account that its password opens, which comes back with its user', async () => {
    const id = await unlinked();
    const password = await bench.passwordOf(id);
    expect(await bench.suspend(id)).toBe('suspended');
    const { id: accountId } = await accountOf();
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId, librechat_password_encrypted: '' });
    expect(await bench.login(address, password)).toBe(WRONG);
    expect(await accountOf()).toMatchObject({ sessions: 0 });
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
  });

  test('is linked to it also where no password can be set', async () => {
    const id = await unlinked();
    await bench.control.settings({ allowPasswordReset: false });
    expect(await bench.suspend(id)).toBe('cleared ResetUnavailable');
    await bench.control.settings({ allowPasswordReset: true });
    const { id: accountId } = await accountOf();
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId, librechat_password_encrypted: '' });
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
  });

  test('does not touch an account with another password', async () => {
    const id = await unlinked();
    await bench.control.changeAccount(address, { password: 'of-somebody-else' });
    expect(await bench.suspend(id)).toBe('nothing');
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: null, librechat_password_encrypted: '' });
    expect(await bench.login(address, 'of-somebody-else')).toBe('200');
  });

  test('does not take the account of another row, nor an administrator’s', async () => {
    const id = await unlinked();
    const { id: accountId } = await accountOf();
    await bench.database.addUser({ email: `owner-of-${address}`, accountId: accountId ?? '' });
    expect(await bench.suspend(id)).toBe('cleared AccountConflict');
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: null, librechat_password_encrypted: '' });
    expect(await accountOf()).toMatchObject({ distinctPasswords: 1 });
    address = `admin-${address}`;
    const admin = await unlinked();
    await bench.control.changeAccount(address, { role: 'ADMIN' });
    expect(await bench.suspend(admin)).toBe('cleared AdminGranted');
    expect(await rowOf(admin)).toMatchObject({ librechat_user_id: null, librechat_password_encrypted: '' });
  });
});

describe('where LibreChat does not let itself be changed, the column is emptied all the same, and the verdict says why', () => {
  test.each<readonly [string, string, (id: string) => Promise<unknown>]>([
    ['resets are off', 'ResetUnavailable', () => bench.control.settings({ allowPasswordReset: false })],
    ['the account is gone', 'AccountMissing', () => bench.control.changeAccount(address, { deleted: true })],
    [
      'the address was changed',
      'AccountMissing',
      (id) =>
        bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, `x${address}`]),
    ],
    [
      'the address is that of another account',
      'ResetLinkMismatch',
      async (id) => {
        const other = `victim-${address}`;
        await bench.provisioned(other);
        await bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, other]);
      },
    ],
    [
      'the row has no address any more',
      'AddressRefused',
      (id) => bench.database.owner.query(`UPDATE users_user SET email = '' WHERE id = $1`, [id]),
    ],
  ])('%s: %s', async (_when, code, change) => {
    const id = await bench.deactivated(address);
    const { librechat_user_id: accountId } = await rowOf(id);
    await change(id);
    expect(await bench.suspend(id)).toBe(`cleared ${code}`);
    await bench.control.settings({ allowPasswordReset: true });
    expect(await rowOf(id)).toMatchObject({ librechat_user_id: accountId, librechat_password_encrypted: '' });
    if (code === 'ResetLinkMismatch')
      expect(await accountOf(`victim-${address}`)).toMatchObject({ distinctPasswords: 1 });
  });

  test('also where the account of an unlinked row cannot be asked for', async () => {
    const unreadable = await bench.database.addUser({
      email: address,
      active: false,
      sealedPassword: 'garbage',
    });
    expect(await bench.suspend(unreadable)).toBe('cleared KeyMissing');
    address = `2fa-${address}`;
    const twoFactor = await unlinked();
    await bench.control.changeAccount(address, { twoFactor: true });
    expect(await bench.suspend(twoFactor)).toBe('cleared TwoFactorEnabled');
    for (const id of [unreadable, twoFactor])
      expect(await rowOf(id)).toMatchObject({ librechat_password_encrypted: '' });
  });
});

test.each(['login', 'requestPasswordReset', 'resetPassword'])(
  'an outage of LibreChat at %s is no end: the row keeps its password, and the next attempt goes on',
  async (route) => {
    const id = route === 'login' ? await unlinked() : await bench.deactivated(address);
    await bench.control.fault({ route, at: 'answer', action: 'drop', address });
    expect(await bench.suspend(id)).toMatch(/^(UpstreamUnavailable|ResetUnknown)$/);
    expect((await rowOf(id)).librechat_password_encrypted).not.toBe('');
    expect(await bench.suspend(id)).toBe('suspended');
    expect(await accountOf()).toMatchObject({ sessions: 0 });
  },
);

describe('an attempt whose worker stood still does not go on', () => {
  test.each(['session', 'open', 'link', 'mark', 'reset', 'clear'] as const)('to %s', async (stage) => {
    const id = await bench.deactivated(address);
    const before = await rowOf(id);
    const password = await bench.passwordOf(id);
    expect(await bench.suspend(id, { stage })).toBe('AttemptLost');
    const hasChanged = stage === 'clear';
    expect(await bench.login(address, password)).toBe(hasChanged ? WRONG : '200');
    const isMarked = stage === 'reset' || stage === 'clear';
    expect(await rowOf(id)).toEqual({
      ...before,
      librechat_synced_at: isMarked ? null : before.librechat_synced_at,
    });
    expect(await bench.suspend(id)).toBe('suspended');
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
  });
});

test('of an active user nothing is taken, and of one who is gone there is nothing', async () => {
  const id = await bench.provisioned(address);
  expect(await bench.suspend(id)).toBe('active');
  expect(bench.lastRecord()).toBe('none');
  expect(await bench.services.sessionStore.hasSession(parseDjangoUserId(id))).toBe(true);
  expect(await bench.rowOpens(id)).toBe(true);
  expect((await rowOf(id)).librechat_synced_at).not.toBeNull();
  await bench.database.owner.query('DELETE FROM users_user WHERE id = $1', [id]);
  expect(await bench.suspend(id)).toBe('gone');
  expect(bench.lastRecord()).toBe('closed');
});
