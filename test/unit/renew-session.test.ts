import { beforeEach, describe, expect, test } from '@jest/globals';
import { BridgeError, type ErrorCode } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { sessionBench } from '../fakes/session-bench.ts';

let bench: Awaited<ReturnType<typeof sessionBench>>;
beforeEach(async () => {
  bench = await sessionBench();
});

const published = () => bench.sessionStore.sessionOf(bench.user);

describe('a renewal', () => {
  test('leaves LibreChat alone while the token has time left', async () => {
    const session = await bench.publishExpired({ expiresAt: Date.now() + 800_000 });
    expect(await bench.renew()).toMatchObject({ outcome: 'fresh', expiresAt: session.expiresAt });
    expect(bench.libreChat.calls).toEqual([]);
  });

  test('uses the refresh token, without a login, and the session stays the one that was opened', async () => {
    const old = await bench.publishExpired({ openedAt: 1_700_000_000_000, sessionEndsAt: 1_900_000_000_000 });
    expect(await bench.renew()).toMatchObject({ outcome: 'renewed', expiresAt: published()?.expiresAt });
    expect(bench.libreChat.calls).toEqual(['refresh']);
    expect(published()?.openedAt).toBe(old.openedAt);
  });

  test('logs in where there is no record', async () => {
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    expect(bench.libreChat.calls).toEqual(['login']);
    expect(published()).toBeDefined();
  });

  test('logs in where the record opens under no key', async () => {
    await bench.publishExpired();
    bench.sessionStore.makeUnreadable(bench.user);
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    expect(bench.libreChat.calls).toEqual(['login']);
  });

  test('logs in before LibreChat’s absolute end of the session, and logs the old one out', async () => {
    const old = await bench.publishExpired({
      openedAt: Date.now() - 96_000,
      sessionEndsAt: Date.now() + 4_000,
    });
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    expect(bench.libreChat.calls).toEqual(['login', 'logout']);
    expect(await bench.isAlive(old)).toBe(false);
  });

  test('refreshes near the end of the session all the same, where the login is not let in', async () => {
    await bench.publishExpired({ openedAt: Date.now() - 96_000, sessionEndsAt: Date.now() + 4_000 });
    bench.libreChat.refuseNext('login', new BridgeError('RateLimited'));
    expect(await bench.renew()).toMatchObject({ outcome: 'renewed' });
    expect(bench.libreChat.calls).toEqual(['login', 'refresh']);
  });

  test('logs in where the record is of another account than the row is linked to now', async () => {
    await bench.publishExpired();
    const other = { address: 'other@example.com', password: new Secret('other-password'), name: 'Other' };
    await bench.libreChat.register(other);
    bench.libreChat.calls.length = 0;
    const account = bench.libreChat.account(other.address);
    bench.put({
      email: other.address,
      accountId: account?.id ?? null,
      sealedPassword: bench.keyRing.seal(other.password),
    });
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    expect(published()?.accountId).toBe(account?.id);
  });
});

describe('only a login decides', () => {
  test('a refused refresh is followed by a login', async () => {
    const old = await bench.publishExpired();
    await bench.isAlive(old);
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
  });

  test('a refresh whose answer is lost is followed by a login', async () => {
    await bench.publishExpired();
    bench.libreChat.loseNextAnswer('refresh');
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
  });

  test.each<ErrorCode>(['RateLimited', 'AccountBanned', 'UpstreamUnavailable', 'Unrecognized'])(
    'a refresh that fails with %s is followed by a login',
    async (code) => {
      await bench.publishExpired();
      bench.libreChat.refuseNext('refresh', new BridgeError(code));
      expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    },
  );

  test('while LibreChat does not answer the login either, the old record stays', async () => {
    const old = await bench.publishExpired();
    bench.libreChat.loseNextAnswer('refresh');
    bench.libreChat.refuseNext('login', new BridgeError('UpstreamUnavailable'));
    expect(await bench.renew()).toBe('UpstreamUnavailable');
    expect(published()).toEqual(old);
  });

  test('a password that LibreChat refuses is reported, and the old record stays', async () => {
    const old = await bench.publishExpired();
    await bench.isAlive(old);
    bench.account.password = 'restored-from-a-backup';
    expect(await bench.renew()).toEqual({ outcome: 'rejected' });
    expect(published()).toEqual(old);
  });

  test('a password that was rotated between the reading of the row and the login is tried too', async () => {
    const rotated = new Secret('the-rotated-password');
    bench.account.password = rotated.reveal();
    bench.during.login = () => bench.put({ sealedPassword: bench.keyRing.seal(rotated) });
    expect(await bench.renew()).toMatchObject({ outcome: 'opened' });
    expect(bench.libreChat.calls).toEqual(['login', 'login']);
  });

  test('a password that can never log in is not tried', async () => {
    bench.put({ sealedPassword: bench.keyRing.seal(new Secret('abc')) });
    expect(await bench.renew()).toEqual({ outcome: 'rejected' });
    expect(bench.libreChat.calls).toEqual([]);
  });

  test('a second factor is not a wrong password', async () => {
    bench.account.twoFactor = true;
    expect(await bench.renew()).toBe('TwoFactorEnabled');
  });

  test('an account that is gone from LibreChat is not registered anew', async () => {
    bench.libreChat.accounts.clear();
    expect(await bench.renew()).toBe('AccountMissing');
    expect(bench.libreChat.calls).toEqual(['login']);
  });
});

describe('a user', () => {
  test.each([
    ['who was never provisioned', { accountId: null, sealedPassword: null }],
    ['whose registration is not finished', { accountId: null }],
    ['whose column was emptied', { sealedPassword: null }],
  ])('%s is sent to provisioning', async (_who, row) => {
    bench.put(row);
    expect(await bench.renew()).toEqual({ outcome: 'unprovisioned' });
    expect(bench.libreChat.calls).toEqual([]);
  });

  test('who was deactivated loses the record, and LibreChat’s session is put aside to be ended', async () => {
    const old = await bench.publishExpired();
    bench.put({ active: false });
    expect(await bench.renew()).toEqual({ outcome: 'ended', code: 'UserInactive' });
    expect(published()).toBeUndefined();
    expect((await bench.sessionStore.readClosing(bench.user))?.session).toEqual(old);
  });

  test('whose row was deleted loses the record', async () => {
    await bench.publishExpired();
    bench.userTable.rows.clear();
    expect(await bench.renew()).toEqual({ outcome: 'ended', code: 'UserNotFound' });
    expect(published()).toBeUndefined();
  });

  test('who is deactivated while LibreChat is asked gets no session', async () => {
    await bench.publishExpired();
    bench.during.refresh = () => bench.put({ active: false });
    expect(await bench.renew()).toEqual({ outcome: 'ended', code: 'UserInactive' });
    expect(published()).toBeUndefined();
    expect(bench.libreChat.calls).toEqual(['refresh', 'logout']);
  });

  test('whose password no key opens keeps the session that there is', async () => {
    await bench.publishExpired();
    bench.put({ sealedPassword: 'gAAAAAB-no-token-at-all' });
    expect(await bench.renew()).toMatchObject({ outcome: 'renewed' });
    bench.sessionStore.forget(bench.user);
    expect(await bench.renew({ named: 0 })).toBe('KeyMissing');
  });
});

describe('a writer who is too late', () => {
  test('because the user signed out before it began opens nothing', async () => {
    await bench.publishExpired();
    const named = await bench.sessionStore.readEpoch(bench.user);
    await bench.sessionStore.close(bench.user);
    expect(await bench.renew({ named })).toBe('SignedOut');
    expect(bench.libreChat.calls).toEqual([]);
  });

  test.each(['refresh', 'login'] as const)(
    'because the user signed out during its %s brings nothing back, and logs its session out',
    async (call) => {
      if (call === 'refresh') await bench.publishExpired();
      bench.during[call] = () => bench.sessionStore.close(bench.user);
      expect(await bench.renew()).toBe('SignedOut');
      expect(published()).toBeUndefined();
      expect(bench.libreChat.calls).toEqual([call, 'logout']);
    },
  );

  test('because another one has published leaves that session alone, and logs its own out', async () => {
    await bench.publishExpired();
    let newer: Awaited<ReturnType<typeof bench.publishExpired>> | undefined;
    bench.during.refresh = async () => {
      bench.during.refresh = undefined;
      newer = await bench.publishExpired({ expiresAt: Date.now() + 900_000 });
    };
    expect(await bench.renew()).toMatchObject({ outcome: 'fresh', expiresAt: newer?.expiresAt });
    expect(published()).toEqual(newer);
    expect(bench.libreChat.calls).toEqual(['logout']);
    if (newer !== undefined) expect(await bench.isAlive(newer)).toBe(true);
  });

  test('with the very token that the other one has published does not log it out', async () => {
    await bench.publishExpired();
    bench.during.refresh = async () => {
      const alive = [...bench.libreChat.sessionTokens()].at(-1) ?? '';
      const epoch = await bench.sessionStore.readEpoch(bench.user);
      const old = published();
      if (old === undefined) throw new Error('there is no record');
      const same = { ...old, expiresAt: Date.now() + 900_000, refreshToken: new Secret(alive) };
      await bench.sessionStore.publish(bench.user, epoch, same);
    };
    expect(await bench.renew()).toMatchObject({ outcome: 'fresh' });
    expect(bench.libreChat.calls).toEqual(['refresh']);
  });

  test('because Redis went away meanwhile logs its session out', async () => {
    await bench.publishExpired();
    bench.during.refresh = () => (bench.sessionStore.away = true);
    const named = await bench.sessionStore.readEpoch(bench.user);
    expect(await bench.renew({ named })).toBe('SessionStoreUnavailable');
    expect(bench.libreChat.calls).toEqual(['refresh', 'logout']);
  });

  test('because its worker stood still does not even ask LibreChat', async () => {
    await bench.publishExpired();
    const held = (): never => {
      throw new BridgeError('AttemptLost');
    };
    expect(await bench.renew({ held })).toBe('AttemptLost');
    expect(bench.libreChat.calls).toEqual([]);
  });
});
