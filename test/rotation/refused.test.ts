import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { setup, type RotationBench } from './setup.ts';

let bench: RotationBench;

beforeAll(async () => {
  bench = await setup();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

test('a LibreChat that wants longer passwords than are minted leaves the row in doubt, until it takes them', async () => {
  const address = 'refused@example.com';
  const id = await bench.provisioned(address);
  await bench.control.settings({ minPasswordLength: 40 });
  expect(await bench.apply(id, await bench.mint(id))).toBe('unverified');
  expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
  await bench.control.settings({ minPasswordLength: 8 });
  expect(await bench.verify(id)).toBe('intact');
  expect(await bench.rowOpens(id, address)).toBe(true);
  expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
});
