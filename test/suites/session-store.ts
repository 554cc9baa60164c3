import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SessionStore } from '../../activities/ports/session-store.ts';
import type { ClosingRecords } from '../../activities/sweep/ports.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import { parseAccountId, parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';

/** A session store, and what only its tests may do with it. */
export interface SessionStoreBundle {
  readonly store: SessionStore & ClosingRecords;
  /** Loses all that is known of a user, as a flushed Redis does. */
  readonly forget: (user: DjangoUserId) => Promise<void>;
  /** The access token that a BFF would read now. */
  readonly accessTokenOf: (user: DjangoUserId) => Promise<string | undefined>;
  readonly close: () => Promise<void>;
}

/** A user that no other test knows: the store is shared and never flushed. */
export const anyUser = (): DjangoUserId => parseDjangoUserId(String(randomInt(2 ** 47)));

/** A session whose access token has a name. */
export function sessionNamed(name: string): SessionMaterial {
  return {
    accountId: parseAccountId('65f0a1b2c3d4e5f6a7b8c9d0'),
    accessToken: new Secret(`access-${name}`),
    expiresAt: Date.now() + 900_000,
    refreshToken: new Secret(`refresh-${name}`),
    openedAt: Date.now(),
    sessionEndsAt: Date.now() + 7 * 86_400_000,
  };
}

/** What every implementation of the port `SessionStore` holds to. */
export function sessionStoreSuite({ create }: { readonly create: () => Promise<SessionStoreBundle> }): void {
  let bundle: SessionStoreBundle;
  beforeAll(async () => {
    bundle = await create();
  });
  afterAll(() => bundle.close());

  test('a user for whom nobody has written yet has the epoch 0 and no session', async () => {
    const user = anyUser();
    expect(await bundle.store.readEpoch(user)).toBe(0);
    expect(await bundle.accessTokenOf(user)).toBeUndefined();
  });

  test('a published session is there, and has raised the epoch at least to the time in ms', async () => {
    const { store, accessTokenOf } = bundle;
    const user = anyUser();
    const before = Date.now();
    expect(await store.publish(user, 0, sessionNamed('first'))).toMatchObject({ outcome: 'published' });
    expect(await accessTokenOf(user)).toBe('access-first');
    expect(await store.readEpoch(user)).toBeGreaterThanOrEqual(before);
  });

  test('each publication raises the epoch, even within one millisecond', async () => {
    const { store, accessTokenOf } = bundle;
    const user = anyUser();
    for (let round = 0; round < 20; round++) {
      const epoch = await store.readEpoch(user);
      expect(await store.publish(user, epoch, sessionNamed(String(round)))).toMatchObject({
        outcome: 'published',
      });
      expect(await store.readEpoch(user)).toBeGreaterThan(epoch);
    }
    expect(await accessTokenOf(user)).toBe('access-19');
  });

  test('of two writers who read the same epoch the second is superseded, and changes nothing', async () => {
    const { store, accessTokenOf } = bundle;
    const user = anyUser();
    const epoch = await store.readEpoch(user);
    expect(await store.publish(user, epoch, sessionNamed('winner'))).toMatchObject({ outcome: 'published' });
    const after = await store.readEpoch(user);
    expect(await store.publish(user, epoch, sessionNamed('late'))).toMatchObject({ outcome: 'superseded' });
    expect(await accessTokenOf(user)).toBe('access-winner');
    expect(await store.readEpoch(user)).toBe(after);
  });

  test('of twenty writers at once exactly one publishes', async () => {
    const { store, accessTokenOf } = bundle;
    const user = anyUser();
    const writers = Array.from({ length: 20 }, (_, index) =>
      store.publish(user, 0, sessionNamed(String(index))),
    );
    const outcomes = await Promise.all(writers);
    expect(outcomes.filter(({ outcome }) => outcome === 'published')).toHaveLength(1);
    expect(outcomes.filter(({ outcome }) => outcome === 'superseded')).toHaveLength(19);
    expect(await accessTokenOf(user)).toBe(
      `access-${outcomes.findIndex(({ outcome }) => outcome === 'published')}`,
    );
  });

  test('a writer who was underway during a sign-out is refused, with or without a session before', async () => {
    const { store, accessTokenOf } = bundle;
    for (const hadSession of [true, false]) {
      const user = anyUser();
      if (hadSession) await store.publish(user, 0, sessionNamed('before'));
      const epoch = await store.readEpoch(user);
      await store.close(user);
      expect(await store.publish(user, epoch, sessionNamed('underway'))).toMatchObject({
        outcome: 'signed-out',
      });
      expect(await accessTokenOf(user)).toBeUndefined();
    }
  });

  test('after a sign-out, who reads the epoch anew may publish', async () => {
    const { store, accessTokenOf } = bundle;
    const user = anyUser();
    await store.publish(user, 0, sessionNamed('before'));
    await store.close(user);
    expect(await store.publish(user, await store.readEpoch(user), sessionNamed('after'))).toMatchObject({
      outcome: 'published',
    });
    expect(await accessTokenOf(user)).toBe('access-after');
  });

  test('a writer who was underway while the store lost everything is refused', async () => {
    const { store, forget, accessTokenOf } = bundle;
    const user = anyUser();
    await store.publish(user, 0, sessionNamed('before'));
    const epoch = await store.readEpoch(user);
    await forget(user);
    expect(await store.publish(user, epoch, sessionNamed('underway'))).toMatchObject({
      outcome: 'signed-out',
    });
    expect(await accessTokenOf(user)).toBeUndefined();
    expect(await store.readEpoch(user)).toBe(0);
  });

  test('an epoch from before the store lost everything is not given out again', async () => {
    const { store, forget } = bundle;
    const user = anyUser();
    await store.publish(user, 0, sessionNamed('before'));
    const epoch = await store.readEpoch(user);
    await forget(user);
    await store.publish(user, 0, sessionNamed('after'));
    // Both may fall into one millisecond only when all of this took less than that.
    expect(await store.readEpoch(user)).toBeGreaterThanOrEqual(epoch);
  });

  test('users do not get in each other’s way', async () => {
    const { store, accessTokenOf } = bundle;
    const [one, other] = [anyUser(), parseDjangoUserId('0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e')];
    await store.close(other);
    await store.publish(one, 0, sessionNamed('one'));
    await store.publish(other, await store.readEpoch(other), sessionNamed('other'));
    await store.close(other);
    expect(await accessTokenOf(one)).toBe('access-one');
    expect(await accessTokenOf(other)).toBeUndefined();
  });

  test('a published session is read as it was written, with its epoch', async () => {
    const { store } = bundle;
    const user = anyUser();
    expect(await store.read(user)).toBeNull();
    const session = sessionNamed('one');
    const { epoch } = await store.publish(user, 0, session);
    expect(await store.read(user)).toEqual({ epoch, session });
  });

  test('a sign-out puts the record aside until its session was ended, and no other one', async () => {
    const { store } = bundle;
    const user = anyUser();
    expect(await store.readClosing(user)).toBeNull();
    const session = sessionNamed('one');
    await store.publish(user, 0, session);
    await store.close(user);
    const closing = await store.readClosing(user);
    expect(closing?.session).toEqual(session);
    expect(await store.finishClose(user, 'another record')).toBe(false);
    expect(await store.finishClose(user, closing?.raw ?? '')).toBe(true);
    expect(await store.finishClose(user, closing?.raw ?? '')).toBe(false);
    expect(await store.readClosing(user)).toBeNull();
  });

  test('a second sign-out does not lose the session of the first, and they are ended in their order', async () => {
    const { store } = bundle;
    const user = anyUser();
    for (const name of ['one', 'two']) {
      await store.publish(user, await store.readEpoch(user), sessionNamed(name));
      await store.close(user);
    }
    for (const name of ['one', 'two']) {
      const closing = await store.readClosing(user);
      expect(closing?.session?.accessToken.reveal()).toBe(`access-${name}`);
      await store.finishClose(user, closing?.raw ?? '');
    }
    expect(await store.readClosing(user)).toBeNull();
  });

  test('a session that is renewed to be ended takes the place of the one that was put aside', async () => {
    const { store } = bundle;
    const user = anyUser();
    await store.publish(user, 0, sessionNamed('one'));
    await store.close(user);
    const { raw = '' } = (await store.readClosing(user)) ?? {};
    const renewed = await store.replaceClosing(user, raw, sessionNamed('renewed'));
    expect(renewed).not.toBeNull();
    expect((await store.readClosing(user))?.session?.accessToken.reveal()).toBe('access-renewed');
    expect(await store.replaceClosing(user, raw, sessionNamed('late'))).toBeNull();
    expect(await store.finishClose(user, raw)).toBe(false);
    expect(await store.finishClose(user, renewed ?? '')).toBe(true);
    expect(await store.readClosing(user)).toBeNull();
  });

  test('a repeated sign-out does not lose the record that is still to be ended', async () => {
    const { store } = bundle;
    const user = anyUser();
    await store.publish(user, 0, sessionNamed('one'));
    await store.close(user);
    await store.close(user);
    expect((await store.readClosing(user))?.session?.accessToken.reveal()).toBe('access-one');
  });

  test('a scan sees everybody whose sessions are still to be ended, and nobody else', async () => {
    const { store } = bundle;
    const [signedOut, again, finished, signedIn] = [anyUser(), anyUser(), anyUser(), anyUser()];
    for (const user of [signedOut, again, finished, signedIn])
      await store.publish(user, 0, sessionNamed('scanned'));
    for (const user of [signedOut, again, finished]) await store.close(user);
    await store.publish(again, await store.readEpoch(again), sessionNamed('second'));
    await store.close(again);
    const record = await store.readClosing(finished);
    await store.finishClose(finished, record?.raw ?? '');
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const step: Awaited<ReturnType<typeof store.scanClosing>> = await store.scanClosing(cursor);
      seen.push(...step.users);
      ({ cursor } = step);
    } while (cursor !== null);
    expect(seen).toEqual(expect.arrayContaining([signedOut, again]));
    for (const user of [finished, signedIn]) expect(seen).not.toContain(user);
  });
}
