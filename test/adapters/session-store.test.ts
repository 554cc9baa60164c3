import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'redis';
import { createSessionStore } from '../../activities/adapters/session-store.ts';
import {
  createSessionRecords,
  fromNodeRedis,
  openAccessToken,
  openRefreshToken,
  parseKeyRing,
  readRecord,
  recordKeys,
} from '../../client/session-record/index.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { redisUrl } from '../setup/parts.ts';
import { anyUser, sessionNamed, sessionStoreSuite } from '../suites/session-store.ts';

const newKey = (): Secret => new Secret(randomBytes(32).toString('base64url'));
const sessionKeys = parseKeyRing('LIBRECHAT_SESSION_KEY', newKey());
const refreshKeys = parseKeyRing('LIBRECHAT_REFRESH_KEY', newKey());
const DAY_MS = 86_400_000;

const newStore = () => createSessionStore({ url: new Secret(redisUrl()), sessionKeys, refreshKeys });

/** As `redis-cli` and a BFF see it. */
const redis = createClient({ url: redisUrl() });
const bff = createSessionRecords({ redis: fromNodeRedis(redis), sessionKeys });
const store = newStore();
const { records } = store;

beforeAll(async () => {
  await redis.connect();
});
afterAll(async () => {
  await store.disconnect();
  await redis.close();
});

async function accessTokenOf(user: DjangoUserId): Promise<string | undefined> {
  const raw = await bff.read(user);
  return raw === null ? undefined : openAccessToken(readRecord(raw), user, sessionKeys).reveal();
}

describe('the port', () => {
  sessionStoreSuite({
    async create() {
      const own = newStore();
      return {
        store: own,
        async forget(user) {
          await redis.del(Object.values(recordKeys(user)));
        },
        accessTokenOf,
        close: () => own.disconnect(),
      };
    },
  });
});

describe('publishing', () => {
  test('answers the epoch that stands in the record and in Redis', async () => {
    const user = anyUser();
    const { epoch } = await records.publish(user, 0, sessionNamed('one'));
    expect(readRecord((await records.read(user)) ?? '').epoch).toBe(epoch);
    expect(await records.readEpoch(user)).toBe(epoch);
  });

  test('a record lives a day, its epoch eight', async () => {
    const user = anyUser();
    await records.publish(user, 0, sessionNamed('one'));
    expect(await redis.pTTL(recordKeys(user).session)).toBeGreaterThan(DAY_MS - 60_000);
    expect(await redis.pTTL(recordKeys(user).session)).toBeLessThanOrEqual(DAY_MS);
    expect(await redis.pTTL(recordKeys(user).epoch)).toBeGreaterThan(8 * DAY_MS - 60_000);
  });

  test('a record never outlives LibreChat’s session', async () => {
    const user = anyUser();
    await records.publish(user, 0, { ...sessionNamed('one'), sessionEndsAt: Date.now() + 60_000 });
    expect(await redis.pTTL(recordKeys(user).session)).toBeLessThanOrEqual(60_000);
    const late = anyUser();
    const ended = { ...sessionNamed('ended'), sessionEndsAt: Date.now() - 60_000 };
    expect(await store.publish(late, 0, ended)).toMatchObject({ outcome: 'published' });
    expect(await redis.pTTL(recordKeys(late).session)).toBeLessThanOrEqual(1);
  });

  test('works after Redis has forgotten its scripts', async () => {
    const user = anyUser();
    await redis.scriptFlush();
    expect(await store.publish(user, 0, sessionNamed('one'))).toMatchObject({ outcome: 'published' });
    expect(await accessTokenOf(user)).toBe('access-one');
  });

  test('a BFF, which has no refresh key, cannot publish and cannot open refresh tokens', async () => {
    const user = anyUser();
    await expect(bff.publish(user, 0, sessionNamed('one'))).rejects.toMatchObject({
      code: 'ConfigurationInvalid',
    });
    await records.publish(user, 0, sessionNamed('one'));
    const record = readRecord((await bff.read(user)) ?? '');
    expect(() => openRefreshToken(record, user, sessionKeys)).toThrow(
      expect.objectContaining({ code: 'RecordUnreadable' }),
    );
    expect(openRefreshToken(record, user, refreshKeys).reveal()).toBe('refresh-one');
  });

  test('Redis holds neither token in the clear', async () => {
    const user = anyUser();
    await records.publish(user, 0, sessionNamed('one'));
    await records.close(user);
    const { session, epoch, closing, failure } = recordKeys(user);
    const values = await Promise.all([session, epoch, failure].map((key) => redis.get(key)));
    values.push(...(await redis.lRange(closing, 0, -1)));
    expect(values.length).toBeGreaterThan(3);
    expect(values.join()).not.toMatch(/access-one|refresh-one/);
    expect(Buffer.from(values.join(), 'base64url').toString('latin1')).not.toMatch(/access-one|refresh-one/);
  });
});

describe('signing out', () => {
  test('moves the record aside until its session is logged out, and says so again when repeated', async () => {
    const user = anyUser();
    const { epoch } = await records.publish(user, 0, sessionNamed('one'));
    const raw = await records.read(user);
    const first = await records.close(user);
    expect(first.epoch).toBeGreaterThan(epoch);
    expect(first.closing).toBe(raw);
    expect(await records.read(user)).toBeNull();
    const again = await records.close(user);
    expect(again.closing).toBe(raw);
    expect(again.epoch).toBeGreaterThan(first.epoch);
    expect(await redis.pTTL(recordKeys(user).closing)).toBeGreaterThan(7 * DAY_MS);
  });

  test('with nothing to sign out of, there is nothing to log out', async () => {
    const user = anyUser();
    expect((await records.close(user)).closing).toBeNull();
    expect(await records.readEpoch(user)).toBeGreaterThan(0);
  });
});

describe('a failed refresh', () => {
  const failure = { code: 'UpstreamUnavailable', until: Date.now() + 60_000 } as const;

  test('leaves a note and does not touch the record or the epoch', async () => {
    const user = anyUser();
    const { epoch } = await records.publish(user, 0, sessionNamed('one'));
    expect(await records.fail(user, epoch, failure)).toBe('recorded');
    expect(await bff.readFailure(user)).toEqual(failure);
    expect(await redis.pTTL(recordKeys(user).failure)).toBeLessThanOrEqual(60_000);
    expect(await accessTokenOf(user)).toBe('access-one');
    expect(await records.readEpoch(user)).toBe(epoch);
  });

  test('is forgotten by the next record, and by a sign-out', async () => {
    const user = anyUser();
    await records.fail(user, 0, failure);
    const { epoch } = await records.publish(user, 0, sessionNamed('one'));
    expect(await bff.readFailure(user)).toBeNull();
    await records.fail(user, epoch, failure);
    await records.close(user);
    expect(await bff.readFailure(user)).toBeNull();
  });

  test('says nothing any more when somebody wrote or signed out in the meantime', async () => {
    const user = anyUser();
    await records.publish(user, 0, sessionNamed('one'));
    expect(await records.fail(user, 0, failure)).toBe('superseded');
    await records.close(user);
    expect(await records.fail(user, 0, failure)).toBe('signed-out');
    expect(await bff.readFailure(user)).toBeNull();
  });

  test.each(['{', 'null', '[]', '{"code":"Nonsense","until":9e15}', '{"code":"RateLimited"}'])(
    'counts as none when its note cannot be read: %s',
    async (raw) => {
      const user = anyUser();
      await redis.set(recordKeys(user).failure, raw, { EX: 60 });
      expect(await bff.readFailure(user)).toBeNull();
    },
  );

  test('counts as none when its time is over by the reader’s clock', async () => {
    const user = anyUser();
    await records.fail(user, 0, failure);
    const later = createSessionRecords({
      redis: fromNodeRedis(redis),
      sessionKeys,
      now: () => failure.until,
    });
    expect(await later.readFailure(user)).toBeNull();
  });
});

test('an epoch that was not written by us stops every write', async () => {
  const user = anyUser();
  await redis.set(recordKeys(user).epoch, 'soon', { EX: 60 });
  await expect(store.readEpoch(user)).rejects.toMatchObject({ code: 'SessionStoreUnavailable' });
  await expect(store.publish(user, 0, sessionNamed('one'))).rejects.toMatchObject({
    code: 'SessionStoreUnavailable',
  });
  await expect(records.close(user)).rejects.toMatchObject({ code: 'SessionStoreUnavailable' });
});

test('one key for both rings is refused: every BFF could open refresh tokens', () => {
  const key = newKey();
  const [one, other] = ['LIBRECHAT_SESSION_KEY', 'LIBRECHAT_REFRESH_KEY'].map((name) =>
    parseKeyRing(name, key),
  );
  if (one === undefined || other === undefined) throw new Error('unreachable');
  expect(() =>
    createSessionRecords({ redis: fromNodeRedis(redis), sessionKeys: one, refreshKeys: other }),
  ).toThrow(expect.objectContaining({ code: 'ConfigurationInvalid' }));
});
