import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { passwordsWritten, watchPasswords } from '../setup/credentials.ts';
import { setup, type Bench } from './setup.ts';

let bench: Bench;

beforeAll(async () => {
  bench = await setup();
  await watchPasswords(bench.database);
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

test('a user who is provisioned many times at once has one account, one ciphertext and one link', async () => {
  const address = 'many-times@example.com';
  const id = await bench.database.addUser({ email: address });
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => bench.open(id)));
  expect(outcomes).toContain('provisioned');
  // Whoever lost a race is told so by a code after which the attempt is repeated, and then finds all done. LibreChat makes an
  // account, and only a moment later says of it that its address is verified.
  for (const outcome of outcomes)
    expect(['provisioned', 'already', 'Drift', 'EmailNotVerified']).toContain(outcome);
  expect(await bench.open(id)).toBe('already');
  expect(await bench.control.account(address)).toMatchObject({ registrations: 1, distinctPasswords: 1 });
  expect(await passwordsWritten(bench.database)).toBe(1);
  expect(await bench.rowOpens(id)).toBe(true);
});

test('many users who are provisioned at once do not get in each other’s way', async () => {
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      bench.database.addUser({ email: `one-of-many-${index}@example.com` }),
    ),
  );
  expect(await Promise.all(ids.map((id) => bench.open(id)))).toEqual(ids.map(() => 'provisioned'));
  const rows = await Promise.all(ids.map((id) => bench.database.user(id)));
  expect(new Set(rows.map((row) => row.librechat_user_id)).size).toBe(ids.length);
});

test('the first provisioning publishes a session, one that comes after a sign-out does not', async () => {
  const { sessionStore } = bench.services;
  for (const signedOut of [false, true]) {
    const id = await bench.database.addUser({ email: `signed-out-${signedOut}@example.com` });
    const user = parseDjangoUserId(id);
    if (signedOut) await sessionStore.close(user);
    expect(await bench.open(id)).toBe('provisioned');
    expect(await sessionStore.hasSession(user)).toBe(!signedOut);
  }
});
