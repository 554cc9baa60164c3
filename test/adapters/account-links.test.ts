import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAccountLinks, type AccountLinks } from '../../activities/adapters/account-links.ts';
import type { LinkedNow } from '../../activities/adapters/link-all.ts';
import { parseAccountId, parseDjangoUserId, type AccountId, type DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { postgresUrl } from '../setup/parts.ts';

let database: UserDatabase;
let links: AccountLinks;
beforeAll(async () => {
  database = await createUserDatabase(postgresUrl());
  links = createAccountLinks({ connectionString: new Secret(database.workerUrl), table: 'users_user' });
});
afterAll(async () => {
  await links.close();
  await database[Symbol.asyncDispose]();
});

const anyAccount = (): AccountId => parseAccountId(randomBytes(12).toString('hex'));
let serial = 0;
const add = async (accountId?: AccountId, syncedAt?: Date): Promise<DjangoUserId> =>
  parseDjangoUserId(
    await database.addUser({
      email: `adopted${++serial}@example.com`,
      ...(accountId === undefined ? {} : { accountId }),
      ...(syncedAt === undefined ? {} : { syncedAt }),
    }),
  );
const results = (all: readonly LinkedNow[]) => all.map(({ result }) => result);
const accountOf = async (user: DjangoUserId) => (await database.user(user)).librechat_user_id;

describe('many links at once', () => {
  test('are written where row and account are free, and each of the others is told with its reason', async () => {
    const [taken, own, other] = [anyAccount(), anyAccount(), anyAccount()];
    const [free, owner, linked, elsewhere] = [
      await add(),
      await add(taken),
      await add(own),
      await add(other),
    ];
    const wanted = [
      { user: free, accountId: anyAccount() },
      { user: linked, accountId: own },
      { user: await add(), accountId: taken },
      { user: elsewhere, accountId: anyAccount() },
      { user: parseDjangoUserId('999999999'), accountId: anyAccount() },
    ];
    const expected = ['linked', 'unchanged', 'owned', 'other-account', 'no-row'];
    expect(results(await links.adoptAll(wanted, { dryRun: true }))).toEqual(expected);
    expect(await accountOf(free)).toBeNull();
    const done = await links.adoptAll(wanted, { dryRun: false });
    expect(results(done)).toEqual(expected);
    expect(done[2]).toMatchObject({ by: owner });
    expect(done[3]).toMatchObject({ by: other });
    expect(await accountOf(free)).toBe(wanted[0]?.accountId);
    expect(await accountOf(elsewhere)).toBe(other);
    const again = await links.adoptAll(wanted, { dryRun: false });
    expect(results(again)).toEqual(['unchanged', ...expected.slice(1)]);
  });

  test('put a row in doubt, and leave one alone that is linked already', async () => {
    const account = anyAccount();
    const syncedAt = new Date('2026-01-02T03:04:05Z');
    const [linked, free] = [await add(account, syncedAt), await add()];
    await links.adoptAll(
      [
        { user: linked, accountId: account },
        { user: free, accountId: anyAccount() },
      ],
      { dryRun: false },
    );
    expect((await database.user(linked)).librechat_synced_at).toEqual(syncedAt);
    expect((await database.user(free)).librechat_synced_at).toBeNull();
  });

  test('with a key that no row of this table can have are written but for that one', async () => {
    const users = [await add(), await add(), await add()];
    const wanted = users.map((user) => ({ user, accountId: anyAccount() }));
    const uuid = parseDjangoUserId('0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e');
    const mixed = [wanted[0], { user: uuid, accountId: anyAccount() }, wanted[1], wanted[2]].flatMap(
      (one) => one ?? [],
    );
    const done = await links.adoptAll(mixed, { dryRun: false });
    expect(results(done)).toEqual(['linked', 'no-row', 'linked', 'linked']);
    for (const { user, accountId } of wanted) expect(await accountOf(user)).toBe(accountId);
  });

  test('by two operators at once are written once', async () => {
    const wanted = [];
    for (let count = 0; count < 40; count++) wanted.push({ user: await add(), accountId: anyAccount() });
    const rival = createAccountLinks({
      connectionString: new Secret(database.workerUrl),
      table: 'users_user',
    });
    try {
      const [one, other] = await Promise.all([
        links.adoptAll(wanted, { dryRun: false }),
        rival.adoptAll(wanted, { dryRun: false }),
      ]);
      const linked = [...results(one), ...results(other)].filter((result) => result === 'linked');
      expect(linked).toHaveLength(40);
      for (const { user, accountId } of wanted) expect(await accountOf(user)).toBe(accountId);
    } finally {
      await rival.close();
    }
  });
});

test('of many accounts those are known that a row is linked to', async () => {
  const [owned, unowned] = [anyAccount(), anyAccount()];
  await add(owned);
  expect(await links.owned([owned, unowned])).toEqual(new Set([owned]));
});
