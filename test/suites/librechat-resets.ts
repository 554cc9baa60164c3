import { expect, test } from '@jest/globals';

import { Secret } from '../../contract/secret.ts';
import { ADA, BOB, type Create, linkFor, NEW, newcomer } from './librechat-bench.ts';

/** What a reset does. */
export function resets(create: Create): void {
  effects(create);
  refusals(create);
}

function effects(create: Create): void {
  test('gives a link that names the account, and sets the password without knowing the old one', async () => {
    await using bench = await create();
    const { accountId } = await newcomer(bench.libreChat);
    const link = await linkFor(bench.libreChat, ADA.address);
    expect(link.accountId).toBe(accountId);
    expect(await bench.libreChat.resetPassword({ ...link, password: NEW })).toEqual({ kind: 'done' });
    expect(await bench.libreChat.login(ADA)).toEqual({ kind: 'wrong-password' });
    expect((await bench.libreChat.login({ ...ADA, password: NEW })).kind).toBe('session');
  });

  test('ends all sessions of that account and of no other; access tokens live on', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    const bystander = await newcomer(bench.libreChat, BOB);
    await bench.libreChat.resetPassword({ ...(await linkFor(bench.libreChat, ADA.address)), password: NEW });
    expect(await bench.libreChat.refresh(session.refreshToken)).toEqual({ kind: 'refused' });
    expect((await bench.libreChat.currentUser(session.accessToken)).kind).toBe('account');
    expect((await bench.libreChat.refresh(bystander.refreshToken)).kind).toBe('session');
  });

  test('fences: a newer link, and the use of a link, make the older ones worthless', async () => {
    await using bench = await create();
    await newcomer(bench.libreChat);
    const older = await linkFor(bench.libreChat, ADA.address);
    const newer = await linkFor(bench.libreChat, ADA.address);
    expect(await bench.libreChat.resetPassword({ ...older, password: NEW })).toEqual({ kind: 'superseded' });
    expect((await bench.libreChat.login(ADA)).kind).toBe('session');
    expect(await bench.libreChat.resetPassword({ ...newer, password: NEW })).toEqual({ kind: 'done' });
    expect(await bench.libreChat.resetPassword({ ...newer, password: NEW })).toEqual({ kind: 'superseded' });
  });

  test('does not open another account', async () => {
    await using bench = await create();
    await newcomer(bench.libreChat);
    const { accountId } = await newcomer(bench.libreChat, BOB);
    const { token } = await linkFor(bench.libreChat, ADA.address);
    const stolen = await bench.libreChat.resetPassword({ accountId, token, password: NEW });
    expect(stolen).toEqual({ kind: 'superseded' });
    expect((await bench.libreChat.login(BOB)).kind).toBe('session');
  });
}

function refusals(create: Create): void {
  test('gives no link for an address that nobody has', async () => {
    await using bench = await create();
    expect(await bench.libreChat.requestPasswordReset(ADA.address)).toEqual({ kind: 'no-link' });
  });

  test('sets even a password that login then refuses to look at', async () => {
    await using bench = await create();
    await newcomer(bench.libreChat);
    const abc = new Secret('abc');
    const link = await linkFor(bench.libreChat, ADA.address);
    expect(await bench.libreChat.resetPassword({ ...link, password: abc })).toEqual({ kind: 'done' });
    const login = bench.libreChat.login({ ...ADA, password: abc });
    await expect(login).rejects.toMatchObject({ code: 'PasswordUnusable' });
  });

  test('may be switched off', async () => {
    await using bench = await create({ allowPasswordReset: false });
    const { accountId } = await newcomer(bench.libreChat);
    const request = bench.libreChat.requestPasswordReset(ADA.address);
    await expect(request).rejects.toMatchObject({ code: 'ResetUnavailable' });
    const reset = bench.libreChat.resetPassword({
      accountId,
      token: new Secret('ab'.repeat(32)),
      password: NEW,
    });
    await expect(reset).rejects.toMatchObject({ code: 'ResetUnavailable' });
  });
}
