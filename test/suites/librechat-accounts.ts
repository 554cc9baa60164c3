import { expect, test } from '@jest/globals';

import { Secret } from '../../contract/secret.ts';
import { ADA, BOB, type Create, newcomer } from './librechat-bench.ts';

/** What deleting an account does. */
export function deletion(create: Create): void {
  test('leaves nothing: address, session and access token are worth nothing any more', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    expect(await bench.libreChat.deleteAccount(session)).toBe('deleted');
    expect(await bench.libreChat.login(ADA)).toEqual({ kind: 'unknown-address' });
    expect(await bench.libreChat.refresh(session.refreshToken)).toEqual({ kind: 'refused' });
    expect(await bench.libreChat.currentUser(session.accessToken)).toEqual({ kind: 'gone' });
    expect(await bench.libreChat.deleteAccount(session)).toBe('gone');
  });

  test('may be forbidden', async () => {
    await using bench = await create({ allowAccountDeletion: false });
    await newcomer(bench.libreChat, ADA);
    expect(await bench.libreChat.deleteAccount(await newcomer(bench.libreChat, BOB))).toBe('forbidden');
    expect((await bench.libreChat.login(BOB)).kind).toBe('session');
  });

  test('needs a valid access token', async () => {
    await using bench = await create();
    expect(await bench.libreChat.deleteAccount({ accessToken: new Secret('a.b.c') })).toBe('refused');
  });
}

/** What LibreChat tells about itself and its accounts. */
export function lookingAround(create: Create): void {
  test('an access token tells whose it is', async () => {
    await using bench = await create();
    const { accessToken, accountId } = await newcomer(bench.libreChat);
    expect(await bench.libreChat.currentUser(accessToken)).toEqual({
      kind: 'account',
      account: {
        accountId,
        address: ADA.address,
        role: 'ADMIN',
        createdAt: expect.any(Date),
        twoFactorEnabled: false,
      },
    });
    expect(await bench.libreChat.currentUser(new Secret('a.b.c'))).toEqual({ kind: 'refused' });
  });

  test('an administrator sees all accounts, page by page, the newest first; nobody else does', async () => {
    await using bench = await create();
    const admin = await newcomer(bench.libreChat, ADA);
    const user = await newcomer(bench.libreChat, BOB);
    const page = await bench.libreChat.listAccounts(admin.accessToken, null);
    expect(page).toMatchObject({
      kind: 'page',
      accounts: [
        { accountId: user.accountId, address: BOB.address, role: 'USER' },
        { accountId: admin.accountId, address: ADA.address, role: 'ADMIN' },
      ],
      cursor: null,
      total: 2,
    });
    const rest = await bench.libreChat.listAccounts(admin.accessToken, 1);
    expect(rest).toMatchObject({ accounts: [{ accountId: admin.accountId }], cursor: null, total: 2 });
    expect(await bench.libreChat.listAccounts(user.accessToken, null)).toEqual({ kind: 'forbidden' });
    expect(await bench.libreChat.listAccounts(new Secret('a.b.c'), null)).toEqual({ kind: 'refused' });
  });

  test('everybody may know how LibreChat is set up, and that it is ready', async () => {
    await using bench = await create({ allowPasswordReset: false, minPasswordLength: 12 });
    expect(await bench.libreChat.config()).toEqual({
      registrationEnabled: true,
      passwordResetEnabled: false,
      emailLoginEnabled: true,
      emailEnabled: false,
      minPasswordLength: 12,
      ldapEnabled: false,
    });
    expect(await bench.libreChat.ready()).toBe(true);
  });
}
