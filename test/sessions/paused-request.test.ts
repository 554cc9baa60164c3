import { expect, test } from '@jest/globals';
import { BridgeError, type ChatSession } from '../../client/index.ts';
import { addProvisioned } from '../setup/user-in-world.ts';
import { openGround, startBff } from './setup.ts';

const answerOf = (asked: Promise<ChatSession>): Promise<unknown> =>
  asked.then(
    () => 'a session',
    (error: unknown) => (error instanceof BridgeError ? error.code : error),
  );

test('a request that waits while the user signs out in another process does not sign the user in again', async () => {
  await using ground = await openGround();
  const { world, bff, vault } = ground;
  await using other = await startBff(world);
  const user = await addProvisioned(world, 'waits');
  await vault.age(user.key, -1);
  const refresh = await user.hold('refresh', 'answer');
  const waiting = answerOf(bff.chat.session(user.id, { waitMs: 20_000 }));
  await refresh.held();
  await other.chat.signOut(user.id, { waitMs: 10_000 });
  await refresh.release();
  expect(await waiting).toBe('SignedOut');
  expect(await vault.records.read(user.key)).toBeNull();
  expect((await user.account()).sessions).toBe(0);
  expect((await bff.chat.session(user.id, { waitMs: 10_000 })).accountId).toBe((await user.account()).id);
});

test('a request that waits for its first session while the user signs out opens none', async () => {
  await using ground = await openGround();
  const { world, bff, vault } = ground;
  await using other = await startBff(world);
  const user = await addProvisioned(world, 'waits-for-the-first');
  await other.chat.signOut(user.id, { waitMs: 10_000 });
  const login = await user.hold('login', 'answer');
  const waiting = answerOf(bff.chat.session(user.id, { waitMs: 20_000 }));
  await login.held();
  await other.chat.signOut(user.id, { waitMs: 10_000 });
  await login.release();
  expect(await waiting).toBe('SignedOut');
  expect(await vault.records.read(user.key)).toBeNull();
  expect((await user.account()).sessions).toBe(0);
});
