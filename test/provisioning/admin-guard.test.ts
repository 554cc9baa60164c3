import { describe, expect, test } from '@jest/globals';
import { Secret } from '../../contract/secret.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { setup } from './setup.ts';

const ADMIN = { address: 'boss@example.com', password: new Secret('password-of-the-boss') };

describe('an empty LibreChat', () => {
  test('gets its administrator before its first user, however many sign up at once', async () => {
    await using bench = await setup({ admin: ADMIN });
    const ids = await Promise.all(
      ['a', 'b', 'c', 'd', 'e'].map((name) => bench.database.addUser({ email: `${name}@example.com` })),
    );
    expect(await Promise.all(ids.map((id) => bench.open(id)))).toEqual(Array(5).fill('provisioned'));
    expect(await bench.control.account(ADMIN.address)).toMatchObject({
      role: 'ADMIN',
      registrations: 1,
      sessions: 0,
    });
    expect((await bench.control.account('a@example.com')).role).toBe('USER');
  });

  test('is not touched while nobody has said who its administrator is', async () => {
    await using bench = await setup({ admin: 'unset' });
    const id = await bench.database.addUser({ email: 'first@example.com' });
    expect(await bench.open(id)).toBe('ConfigurationInvalid');
    expect(await bench.control.account('first@example.com')).toMatchObject({
      exists: false,
      registrations: 0,
    });
  });

  test('makes an administrator of the first user only where the guard is off, who then is not linked', async () => {
    await using bench = await setup({ admin: 'unset' });
    const { createAdminGuard } = await import('../../activities/admin-guard.ts');
    const services = { ...bench.services, adminGuard: createAdminGuard(bench.services.libreChat, 'off') };
    const { openAccount } = await import('../../activities/provisioning/open-account.ts');
    const { parseDjangoUserId } = await import('../../contract/ids.ts');
    const id = parseDjangoUserId(await bench.database.addUser({ email: 'first@example.com' }));
    await expect(openAccount(services, id, heldAttempt)).rejects.toMatchObject({ code: 'AdminGranted' });
    expect(await bench.control.account('first@example.com')).toMatchObject({ role: 'ADMIN', sessions: 0 });
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
  });
});

describe('the administrator', () => {
  test('is asked for once per process', async () => {
    await using bench = await setup({ admin: ADMIN });
    for (const name of ['a', 'b'])
      await bench.open(await bench.database.addUser({ email: `${name}@example.com` }));
    const { routes } = await bench.control.counters();
    // Two of the administrator, around its registration, and two of each user.
    expect(routes['login']?.calls).toBe(6);
  });

  test('is asked for again when an account was found missing', async () => {
    await using bench = await setup({ admin: ADMIN });
    const lost = await bench.database.addUser({ email: 'lost@example.com' });
    await bench.open(lost);
    await bench.database.owner.query('UPDATE users_user SET librechat_synced_at = NULL WHERE id = $1', [
      lost,
    ]);
    await bench.control.changeAccount('lost@example.com', { deleted: true });
    await bench.control.changeAccount(ADMIN.address, { deleted: true });
    expect(await bench.open(lost)).toBe('AccountMissing');
    expect(await bench.open(await bench.database.addUser({ email: 'next@example.com' }))).toBe('provisioned');
    expect(await bench.control.account(ADMIN.address)).toMatchObject({ exists: true, role: 'ADMIN' });
    expect((await bench.control.account('next@example.com')).role).toBe('USER');
  });

  test.each([
    ['whose password is wrong', { password: 'another-password' }],
    ['who has no password of its own', { provider: 'google' }],
  ])('%s is a fault of the configuration, not of the user', async (_name, changes) => {
    await using bench = await setup({ admin: ADMIN });
    await bench.control.changeAccount(ADMIN.address, { create: true, ...changes });
    const id = await bench.database.addUser({ email: 'user@example.com' });
    expect(await bench.open(id)).toBe('ConfigurationInvalid');
    expect(await bench.control.account('user@example.com')).toMatchObject({ exists: false });
  });

  test('whose password LibreChat refuses does not cost the user theirs', async () => {
    await using bench = await setup({ admin: ADMIN, settings: { minPasswordLength: 25 } });
    const id = await bench.database.addUser({ email: 'user@example.com' });
    expect(await bench.open(id)).toBe('ConfigurationInvalid');
    const before = (await bench.database.user(id)).librechat_password_encrypted;
    expect(await bench.open(id)).toBe('ConfigurationInvalid');
    expect((await bench.database.user(id)).librechat_password_encrypted).toBe(before);
  });
});
