import { describe, expect, test } from '@jest/globals';

import { Secret } from '../../contract/secret.ts';
import { deletion, lookingAround } from './librechat-accounts.ts';
import { ADA, BOB, type Create, NEW, newcomer, refreshed, sessionOf } from './librechat-bench.ts';
import { resets } from './librechat-resets.ts';

/** What every LibreChat does, the fake and the real one. Registers its tests with Jest. */
export function libreChatSuite({ create }: { readonly create: Create }): void {
  describe('registration', () => {
    registration(create);
  });
  describe('login', () => {
    loggingIn(create);
  });
  describe('a session', () => {
    sessions(create);
  });
  describe('a password reset', () => {
    resets(create);
  });
  describe('deleting an account', () => {
    deletion(create);
  });
  describe('looking around', () => {
    lookingAround(create);
  });
}

function registration(create: Create): void {
  test('makes an account that its password opens; the first one is an administrator, no other is', async () => {
    await using bench = await create();
    expect((await newcomer(bench.libreChat, ADA)).role).toBe('ADMIN');
    expect((await newcomer(bench.libreChat, BOB)).role).toBe('USER');
  });

  test('of a taken address is answered in the very same way, and changes nothing', async () => {
    await using bench = await create();
    const { accountId } = await newcomer(bench.libreChat);
    expect(await bench.libreChat.register({ ...ADA, password: NEW })).toEqual({ kind: 'accepted' });
    expect(await bench.libreChat.login({ ...ADA, password: NEW })).toEqual({ kind: 'wrong-password' });
    expect(sessionOf(await bench.libreChat.login(ADA)).accountId).toBe(accountId);
  });

  test('refuses a password that could never log in, and an address that is none', async () => {
    await using bench = await create();
    const short = bench.libreChat.register({ ...ADA, password: new Secret('seven77') });
    await expect(short).rejects.toMatchObject({ code: 'PasswordUnusable' });
    const local = bench.libreChat.register({ ...ADA, address: 'ada@localhost' });
    await expect(local).rejects.toMatchObject({ code: 'AddressRefused' });
    expect(await bench.libreChat.login(ADA)).toEqual({ kind: 'unknown-address' });
  });

  test('may be closed', async () => {
    await using bench = await create({ allowRegistration: false });
    await expect(bench.libreChat.register(ADA)).rejects.toMatchObject({ code: 'RegistrationClosed' });
  });
}

function loggingIn(create: Create): void {
  test('tells an unknown address from a wrong password', async () => {
    await using bench = await create();
    expect(await bench.libreChat.login(ADA)).toEqual({ kind: 'unknown-address' });
    await newcomer(bench.libreChat);
    expect(await bench.libreChat.login({ ...ADA, password: NEW })).toEqual({ kind: 'wrong-password' });
  });

  test('opens a session whose ends lie ahead, the access token first', async () => {
    await using bench = await create();
    const before = Date.now();
    const session = await newcomer(bench.libreChat);
    expect(session.accountId).toMatch(/^[0-9a-f]{24}$/);
    expect(session.expiresAt).toBeGreaterThan(before);
    expect(session.sessionEndsAt).toBeGreaterThan(session.expiresAt);
  });

  test('says that a password breaks the rules before it looks for the account', async () => {
    await using bench = await create();
    const login = bench.libreChat.login({ ...ADA, password: new Secret('seven77') });
    await expect(login).rejects.toMatchObject({ code: 'PasswordUnusable' });
  });

  test('refuses an address that is none', async () => {
    await using bench = await create();
    const login = bench.libreChat.login({ ...ADA, address: 'ada' });
    await expect(login).rejects.toMatchObject({ code: 'AddressRefused' });
  });
}

function sessions(create: Create): void {
  test('goes on under a new refresh token, and ends when it always would have', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    const next = sessionOf(await bench.libreChat.refresh(session.refreshToken));
    expect(next.accountId).toBe(session.accountId);
    expect(next.role).toBe(session.role);
    expect(next.sessionEndsAt).toBe(session.sessionEndsAt);
    expect(sessionOf(await bench.libreChat.refresh(next.refreshToken)).accountId).toBe(session.accountId);
  });

  test('knows no grace: a refresh token that was used is refused, and refusing it harms nobody', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    const next = await refreshed(bench.libreChat, session);
    expect(await bench.libreChat.refresh(session.refreshToken)).toEqual({ kind: 'refused' });
    expect((await bench.libreChat.refresh(next.refreshToken)).kind).toBe('session');
  });

  test('is not opened by a token that LibreChat never gave out', async () => {
    await using bench = await create();
    expect(await bench.libreChat.refresh(new Secret('a.b.c'))).toEqual({ kind: 'refused' });
  });

  test('ends with a logout, and only that one; its access token lives on', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    const other = sessionOf(await bench.libreChat.login(ADA));
    expect(await bench.libreChat.logout(session)).toBe('ended');
    expect(await bench.libreChat.refresh(session.refreshToken)).toEqual({ kind: 'refused' });
    expect((await bench.libreChat.refresh(other.refreshToken)).kind).toBe('session');
    expect((await bench.libreChat.currentUser(session.accessToken)).kind).toBe('account');
  });

  test('may be logged out twice', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    await bench.libreChat.logout(session);
    expect(await bench.libreChat.logout(session)).toBe('ended');
  });

  test('is not ended by somebody without its access token', async () => {
    await using bench = await create();
    const session = await newcomer(bench.libreChat);
    expect(await bench.libreChat.logout({ ...session, accessToken: new Secret('a.b.c') })).toBe('refused');
    expect((await bench.libreChat.refresh(session.refreshToken)).kind).toBe('session');
  });
}
