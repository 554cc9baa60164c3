import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { setup, type Bench } from './setup.ts';

/*
 * The cells of the decision table (docs/decision-table.md) that concern provisioning: what a login with the row's
 * password says, for a row that is not linked, not linked but registered in this run, and linked.
 */

let bench: Bench;
let serial = 0;
const newAddress = (): string => `user${++serial}@example.com`;

beforeAll(async () => {
  bench = await setup();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** A row that is not linked, and an account that its password opens, but for what is changed. */
async function withAccount(
  changes: Readonly<Record<string, unknown>> = {},
): Promise<{ id: string; address: string }> {
  const address = newAddress();
  const password = 'minted-by-django-1';
  const id = await bench.database.addUser({ email: address, sealedPassword: bench.seal(password) });
  await bench.control.changeAccount(address, { create: true, password, ...changes });
  return { id, address };
}

/** A user with an account of their own. */
async function provisioned(): Promise<{ id: string; address: string; accountId: string }> {
  const address = newAddress();
  const id = await bench.database.addUser({ email: address });
  expect(await bench.open(id)).toBe('provisioned');
  const { librechat_user_id: accountId } = await bench.database.user(id);
  return { id, address, accountId: accountId ?? '' };
}

const doubt = (id: string): Promise<unknown> =>
  bench.database.owner.query('UPDATE users_user SET librechat_synced_at = NULL WHERE id = $1', [id]);

describe('a row that is not linked', () => {
  test('whose password logs in is linked, and its session is published', async () => {
    const { id, address } = await withAccount();
    expect(await bench.open(id)).toBe('provisioned');
    const row = await bench.database.user(id);
    expect(row.librechat_user_id).toBe((await bench.control.account(address)).id);
    expect(row.librechat_synced_at).not.toBeNull();
    expect((await bench.control.account(address)).sessions).toBe(1);
  });

  test('whose password logs in as an administrator is not linked, and that session is ended', async () => {
    const { id, address } = await withAccount({ role: 'ADMIN' });
    expect(await bench.open(id)).toBe('AdminGranted');
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
    expect((await bench.control.account(address)).sessions).toBe(0);
  });

  test('whose password meets a second factor is blocked', async () => {
    const { id } = await withAccount({ twoFactor: true });
    expect(await bench.open(id)).toBe('TwoFactorEnabled');
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
  });

  test('whose address nobody has is registered, with one password and one account', async () => {
    const { id, address } = await provisioned();
    expect(await bench.control.account(address)).toMatchObject({
      registrations: 1,
      distinctPasswords: 1,
      sessions: 1,
    });
    expect(await bench.rowOpens(id)).toBe(true);
  });

  test('whose address has an account with another password is left alone', async () => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.changeAccount(address, { create: true, password: 'somebody-elses' });
    expect(await bench.open(id)).toBe('AccountConflict');
    expect(await bench.control.account(address)).toMatchObject({ distinctPasswords: 1, registrations: 0 });
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
  });

  test('whose account is not verified is blocked', async () => {
    const { id } = await withAccount({ emailVerified: false });
    expect(await bench.open(id)).toBe('EmailNotVerified');
  });

  test.each(['nobody@localhost', 'user name@example.com', 'ünicode@example.com'])(
    'whose address %s LibreChat refuses is blocked',
    async (address) => {
      const id = await bench.database.addUser({ email: address });
      expect(await bench.open(id)).toBe('AddressRefused');
    },
  );

  test('whose password LibreChat can never accept gets another one', async () => {
    await bench.control.settings({ minPasswordLength: 20 });
    try {
      const id = await bench.database.addUser({
        email: newAddress(),
        sealedPassword: bench.seal('only-15-letters'),
      });
      expect(await bench.open(id)).toBe('provisioned');
      expect(await bench.passwordOf(id)).toMatch(/^[A-Za-z0-9]{32}$/);
      expect(await bench.rowOpens(id)).toBe(true);
    } finally {
      await bench.control.settings({ minPasswordLength: 8 });
    }
  });

  test('is blocked, not tried for ever, when even a minted password is refused', async () => {
    await bench.control.settings({ minPasswordLength: 40 });
    try {
      const id = await bench.database.addUser({ email: newAddress() });
      expect(await bench.open(id)).toBe('PasswordUnusable');
    } finally {
      await bench.control.settings({ minPasswordLength: 8 });
    }
  });

  test('of a banned account is blocked', async () => {
    const { id } = await withAccount({ banned: true });
    expect(await bench.open(id)).toBe('AccountBanned');
    await bench.control.settings({ clearBans: true });
  });
});

describe('a row that was registered in this run', () => {
  test('and finds an account without a password of its own is blocked', async () => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.changeAccount(address, { create: true, provider: 'google' });
    expect(await bench.open(id)).toBe('AccountConflict');
  });

  test('and finds an account with another password is blocked', async () => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.fault({ route: 'register', at: 'before', action: 'hold', address });
    const opening = bench.open(id);
    await bench.control.reached({ route: 'register', at: 'before', address });
    await bench.control.changeAccount(address, { create: true, password: 'registered-meanwhile' });
    await bench.control.release({ address });
    expect(await opening).toBe('AccountConflict');
    expect((await bench.control.account(address)).distinctPasswords).toBe(1);
  });

  test('and became an administrator is not linked', async () => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.fault({ route: 'register', at: 'answer', action: 'hold', address });
    const opening = bench.open(id);
    await bench.control.reached({ route: 'register', at: 'answer', address });
    await bench.control.changeAccount(address, { role: 'ADMIN' });
    await bench.control.release({ address });
    expect(await opening).toBe('AdminGranted');
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
  });

  test('meets closed registration and is blocked', async () => {
    await bench.control.settings({ allowRegistration: false });
    try {
      expect(await bench.open(await bench.database.addUser({ email: newAddress() }))).toBe(
        'RegistrationClosed',
      );
    } finally {
      await bench.control.settings({ allowRegistration: true });
    }
  });
});

describe('a row that is linked', () => {
  test('and agrees with LibreChat costs no call', async () => {
    const { id } = await provisioned();
    const before = await bench.control.lastEvent();
    expect(await bench.open(id)).toBe('already');
    expect(await bench.control.lastEvent()).toBe(before);
  });

  test('and in doubt is confirmed when its password logs in', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    expect(await bench.open(id)).toBe('provisioned');
    expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
    expect((await bench.control.account(address)).distinctPasswords).toBe(1);
  });

  test('is left in doubt when its password opens another account', async () => {
    const first = await provisioned();
    const second = await provisioned();
    await bench.database.override('UPDATE users_user SET librechat_user_id = NULL WHERE id = $1', [
      second.id,
    ]);
    await bench.database.override(
      'UPDATE users_user SET librechat_user_id = $2, librechat_synced_at = NULL WHERE id = $1',
      [first.id, second.accountId],
    );
    const sessions = (await bench.control.account(first.address)).sessions;
    expect(await bench.open(first.id)).toBe('AccountConflict');
    expect((await bench.database.user(first.id)).librechat_synced_at).toBeNull();
    expect((await bench.control.account(first.address)).sessions).toBe(sessions);
  });

  test('with a second factor is not in doubt any more, but blocked', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    await bench.control.changeAccount(address, { twoFactor: true });
    expect(await bench.open(id)).toBe('TwoFactorEnabled');
    expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
  });

  test('to an administrator is confirmed: an operator may promote a user', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    await bench.control.changeAccount(address, { role: 'ADMIN' });
    expect(await bench.open(id)).toBe('provisioned');
  });

  test('whose account is gone is never registered again', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    await bench.control.changeAccount(address, { deleted: true });
    expect(await bench.open(id)).toBe('AccountMissing');
    expect(await bench.control.account(address)).toMatchObject({ exists: false, registrations: 1 });
  });

  test('whose password was changed in LibreChat gets the one of the row back', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    await bench.control.changeAccount(address, { password: 'changed-in-librechat' });
    expect(await bench.open(id)).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
    expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
  });

  test('whose address has passed to another account sets no password there', async () => {
    const victim = await provisioned();
    const { id } = await provisioned();
    await bench.database.owner.query(
      `UPDATE users_user SET email = $2, librechat_synced_at = NULL WHERE id = $1`,
      [id, victim.address],
    );
    expect(await bench.open(id)).toBe('ResetLinkMismatch');
    expect(await bench.rowOpens(victim.id)).toBe(true);
  });

  test('is blocked and keeps its password when LibreChat gives out no reset link', async () => {
    const { id, address } = await provisioned();
    await doubt(id);
    await bench.control.changeAccount(address, { password: 'changed-in-librechat' });
    await bench.control.settings({ allowPasswordReset: false });
    try {
      expect(await bench.open(id)).toBe('ResetUnavailable');
    } finally {
      await bench.control.settings({ allowPasswordReset: true });
    }
    await bench.control.settings({ mail: 'works' });
    try {
      expect(await bench.open(id)).toBe('ResetUnavailable');
    } finally {
      await bench.control.settings({ mail: 'none' });
    }
    expect((await bench.control.account(address)).distinctPasswords).toBe(2);
  });

  test('with an empty column (a reactivated user) gets a new password on the linked account', async () => {
    const { id, address } = await provisioned();
    await bench.database.override('UPDATE users_user SET librechat_password_encrypted = NULL WHERE id = $1', [
      id,
    ]);
    expect(await bench.open(id)).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
    expect((await bench.control.account(address)).registrations).toBe(1);
  });

  test('with an unusable password is in doubt from the moment that the row gets another one', async () => {
    const { id, address } = await provisioned();
    await bench.database.owner.query(
      'UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1',
      [id, bench.seal('short')],
    );
    await bench.control.fault({ route: 'login', at: 'before', action: 'hold', address });
    const opening = bench.open(id);
    await bench.control.reached(
      { route: 'login', at: 'before', address },
      (await bench.control.lastEvent()) - 1,
    );
    expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
    await bench.control.release({ address });
    expect(await opening).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
  });
});
