import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AccountView } from '../../activities/ports/librechat-admin.ts';
import { Secret } from '../../contract/secret.ts';
import { AccountListing } from '../../workers/cli/account-listing.ts';
import { fakeLibreChat, type FakeLibreChat } from '../fakes/librechat.ts';

const ADMIN = { address: 'admin@example.com', password: new Secret('first-account-ever') };
const register = (chat: FakeLibreChat, address: string) =>
  chat.register({ address, password: new Secret('some-password'), name: 'Some One' });

let chat: FakeLibreChat;
beforeEach(async () => {
  chat = fakeLibreChat({ pageSize: 3 });
  await chat.register({ ...ADMIN, name: 'Admin' });
  for (let count = 1; count <= 7; count++) await register(chat, `user${count}@example.com`);
});

async function addresses(listing: AccountListing, betweenPages?: () => Promise<unknown>): Promise<string[]> {
  const found: AccountView[] = [];
  for await (const page of listing.pages()) {
    found.push(...page);
    await betweenPages?.();
  }
  return found.map(({ address }) => address);
}

describe('a listing of all accounts', () => {
  test('has each of them but the administrator’s, over all pages, and leaves no session', async () => {
    const listing = new AccountListing(chat, ADMIN);
    const found = await addresses(listing);
    expect(found).toHaveLength(7);
    expect(new Set(found).size).toBe(7);
    expect(found).not.toContain(ADMIN.address);
    expect(listing.hasShrunk).toBe(false);
    expect([...chat.sessionTokens()]).toEqual([]);
  });

  test('has none twice where people sign up between two pages', async () => {
    let serial = 0;
    const found = await addresses(new AccountListing(chat, ADMIN), () =>
      serial++ < 3 ? register(chat, `new${serial}@example.com`) : Promise.resolve(),
    );
    expect(new Set(found).size).toBe(found.length);
    for (let count = 1; count <= 7; count++) expect(found).toContain(`user${count}@example.com`);
  });

  test('tells that accounts were deleted between two pages, which may have hidden others', async () => {
    const listing = new AccountListing(chat, ADMIN);
    let once = false;
    await addresses(listing, async () => {
      const last = chat.account('user7@example.com');
      if (!once && last !== undefined) chat.accounts.delete(last.id);
      once = true;
    });
    expect(listing.hasShrunk).toBe(true);
  });

  test('goes on with a new session where the access token expires on the way', async () => {
    let now = Date.now();
    chat.settings.now = () => now;
    const found = await addresses(new AccountListing(chat, ADMIN), async () => {
      now += chat.settings.sessionExpiryMs + 1;
    });
    expect(new Set(found).size).toBe(7);
  });

  test.each<readonly [string, () => void, RegExp]>([
    [
      'is not an administrator',
      () => Object.assign(chat.account(ADMIN.address) ?? {}, { role: 'USER' }),
      /is not an administrator/,
    ],
    [
      'has two-factor authentication on',
      () => Object.assign(chat.account(ADMIN.address) ?? {}, { twoFactor: true }),
      /has two-factor authentication on/,
    ],
    [
      'has another password',
      () => Object.assign(chat.account(ADMIN.address) ?? {}, { password: 'x' }),
      /does not accept/,
    ],
  ])('is refused where the one who asks %s', async (_what, change, message) => {
    change();
    const refused = addresses(new AccountListing(chat, ADMIN));
    await expect(refused).rejects.toMatchObject({ code: 'ConfigurationInvalid' });
    await expect(refused).rejects.toThrow(message);
  });
});
