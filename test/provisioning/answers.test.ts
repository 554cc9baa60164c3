import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openAccount } from '../../activities/provisioning/open-account.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { setup, type Bench } from './setup.ts';

let bench: Bench;
let serial = 0;
const newAddress = (): string => `user${++serial}@example.com`;

beforeAll(async () => {
  bench = await setup();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

describe('an answer that proves nothing', () => {
  test.each([
    ['status', 'UpstreamUnavailable'],
    ['html', 'Unrecognized'],
    ['empty', 'Unrecognized'],
    ['wrong-shape', 'Unrecognized'],
    ['huge', 'UpstreamUnavailable'],
    ['truncate', 'UpstreamUnavailable'],
    ['drop', 'UpstreamUnavailable'],
  ])('to a login (%s) is %s, and nothing is lost', async (action, code) => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.fault({ route: 'login', action, address });
    expect(await bench.open(id)).toBe(code);
    expect((await bench.database.user(id)).librechat_user_id).toBeNull();
    expect(await bench.open(id)).toBe('provisioned');
    expect(await bench.control.account(address)).toMatchObject({ registrations: 1, distinctPasswords: 1 });
  });

  test.each(['status', 'html', 'drop'])('to a registration (%s) is settled by a login', async (action) => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    await bench.control.fault({ route: 'register', at: 'answer', action, address });
    expect(await bench.open(id)).toBe('provisioned');
    expect(await bench.control.account(address)).toMatchObject({ registrations: 1, distinctPasswords: 1 });
  });

  test('to a reset leaves the row in doubt, and the next attempt finds out', async () => {
    const address = newAddress();
    const id = await bench.database.addUser({ email: address });
    expect(await bench.open(id)).toBe('provisioned');
    await bench.database.owner.query('UPDATE users_user SET librechat_synced_at = NULL WHERE id = $1', [id]);
    await bench.control.changeAccount(address, { password: 'changed-in-librechat' });
    await bench.control.fault({ route: 'resetPassword', at: 'answer', action: 'drop', address });
    expect(await bench.open(id)).toBe('ResetUnknown');
    expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
    expect(await bench.open(id)).toBe('provisioned');
    expect(await bench.rowOpens(id)).toBe(true);
  });

  test('429 says when to come back', async () => {
    await using limited = await setup({ settings: { loginMax: 1 } });
    const id = await limited.database.addUser({ email: 'limited@example.com' });
    await limited.open(id);
    await expect(openAccount(limited.services, parseDjangoUserId(id), heldAttempt)).rejects.toMatchObject({
      code: 'RateLimited',
      retryAfterSeconds: expect.any(Number),
    });
  });
});
