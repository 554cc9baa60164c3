import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { setup, type EndingBench } from './setup.ts';

/* A row that is not linked may have an account all the same: its row must not be deleted before LibreChat has said no. */

let bench: EndingBench;
let serial = 0;
let address: string;

beforeAll(async () => {
  bench = await setup();
});
beforeEach(() => {
  address = `unlinked${++serial}@example.com`;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const rowOf = (id: string) => bench.database.user(id);
const accountOf = () => bench.control.account(address);
const override = (id: string, assignment: string) =>
  bench.database.override(`UPDATE users_user SET ${assignment} WHERE id = $1`, [id]);
const sealed = (password: string) => `librechat_password_encrypted = '${bench.seal(password)}'`;

/** An inactive user with an account that the row is not linked to. */
async function unlinked(): Promise<string> {
  const id = await bench.deactivated(address);
  await override(id, 'librechat_user_id = NULL, librechat_synced_at = NULL');
  return id;
}

/** LibreChat has no account, and the row no password. */
async function expectNothingLeft(id: string): Promise<void> {
  expect(await accountOf()).toMatchObject({ exists: false });
  expect((await rowOf(id)).librechat_password_encrypted ?? '').toBe('');
}

describe.each<readonly [string, (id: string) => Promise<unknown>]>([
  ['another password', () => bench.control.changeAccount(address, { password: 'of-the-user' })],
  ['no password', (id) => override(id, 'librechat_password_encrypted = NULL')],
  ['a password that no login accepts', (id) => override(id, sealed('short'))],
])('a row that is not linked and has %s', (_what, change) => {
  const unopened = async (): Promise<string> => {
    const id = await unlinked();
    await change(id);
    return id;
  };

  test('stays as it is where LibreChat knows its address; once the account is adopted, it is deleted', async () => {
    const id = await unopened();
    const before = await rowOf(id);
    expect(await bench.erase(id)).toBe('failed AccountConflict');
    expect(await rowOf(id)).toEqual(before);
    const { id: accountId } = await accountOf();
    await override(id, `librechat_user_id = '${accountId}', librechat_synced_at = NULL`);
    expect(await bench.erase(id)).toBe('deleted');
    await expectNothingLeft(id);
  });

  test('is emptied where LibreChat does not know its address', async () => {
    const id = await unopened();
    await bench.control.changeAccount(address, { deleted: true });
    expect(await bench.erase(id)).toBe('nothing');
    await expectNothingLeft(id);
  });
});

test('a key that is missing is asked for where LibreChat knows the address', async () => {
  const id = await bench.deactivated(address);
  await override(id, `librechat_user_id = NULL, librechat_password_encrypted = 'garbage'`);
  expect(await bench.erase(id)).toBe('failed KeyMissing');
  await bench.control.changeAccount(address, { deleted: true });
  expect(await bench.erase(id)).toBe('nothing');
  await expectNothingLeft(id);
});

test('the account of another row with the same address is left alone, whether the password opens it or not', async () => {
  const owner = await bench.provisioned(address);
  const email = ` ${address.toUpperCase()}`;
  const id = await bench.database.addUser({ email, active: false });
  expect(await bench.erase(id)).toBe('failed AccountConflict');
  await override(id, sealed(await bench.passwordOf(owner)));
  expect(await bench.erase(id)).toBe('failed AccountConflict');
  expect(await bench.rowOpens(owner)).toBe(true);
});

test('an account with a second factor is not passed over after its user was suspended', async () => {
  const id = await unlinked();
  await bench.control.changeAccount(address, { twoFactor: true });
  expect(await bench.suspend(id)).toBe('cleared TwoFactorEnabled');
  expect(await rowOf(id)).toMatchObject({ librechat_user_id: null, librechat_password_encrypted: '' });
  expect(await bench.erase(id)).toBe('failed AccountConflict');
  expect(await accountOf()).toMatchObject({ exists: true });
});

test('nothing is said before LibreChat has said that it does not know the address', async () => {
  const id = await bench.database.addUser({ email: address, active: false });
  await bench.control.fault({ route: 'login', action: 'status', status: 500, address });
  expect(await bench.erase(id)).toBe('UpstreamUnavailable');
  expect(await bench.erase(id)).toBe('nothing');
});

test('a row without an address that LibreChat takes has no account, unless it has a password', async () => {
  const id = await bench.database.addUser({ email: '', active: false });
  const local = await bench.database.addUser({ email: 'root@localhost', active: false });
  expect(await bench.erase(id)).toBe('nothing');
  expect(await bench.erase(local)).toBe('nothing');
  await override(id, sealed('minted-by-django-once'));
  expect(await bench.erase(id)).toBe('failed AddressRefused');
});
