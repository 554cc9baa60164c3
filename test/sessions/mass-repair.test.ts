import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SessionUnavailable, type ChatSession } from '../../client/index.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { addProvisioned } from '../setup/user-in-world.ts';
import { openGround, type Bff, type Ground, type Vault } from './setup.ts';

const USERS = 100;

let ground: Ground;
let world: World;
let bff: Bff;
let vault: Vault;
beforeAll(async () => {
  // Fewer slots than users, so that a step that waited for another workflow would wait for ever.
  ground = await openGround({ MAX_CONCURRENT_ACTIVITIES: '10' });
  ({ world, bff, vault } = ground);
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

/** As a browser does: it comes again when it is told to. */
async function untilOpen(id: string): Promise<ChatSession> {
  for (;;) {
    try {
      return await bff.chat.session(id);
    } catch (error) {
      if (!(error instanceof SessionUnavailable)) throw error;
      await sleep(error.retryAfterSeconds * 1_000);
    }
  }
}

test('a hundred users who come back at once to a LibreChat with other passwords are all let in', async () => {
  const { control } = world.standIn;
  const users = await Promise.all(
    Array.from({ length: USERS }, (_, index) => addProvisioned(world, `restored-${index}`)),
  );
  // Where Redis was slow to answer, a provisioning has opened no session.
  await Promise.all(users.map(({ id }) => untilOpen(id)));
  for (const { address } of users) await control.changeAccount(address, { password: 'from-a-backup' });
  // Half of them had a session, whose refresh token is as unknown to the restored LibreChat as the password.
  for (const [index, { key }] of users.entries()) {
    if (index % 2 === 0) await vault.age(key, -1);
    else await vault.records.close(key);
  }
  await control.fault({ route: 'refresh', action: 'status', status: 401, times: null });
  const sessions = await Promise.all(users.map(({ id }) => untilOpen(id)));
  expect(sessions).toHaveLength(USERS);
  for (const { id } of users) expect(await loginWithRow(world, id)).toBe('own account');
  for (const { address } of users) {
    const { distinctPasswords } = await control.account(address);
    // The first one, the backup's, and one of the repair.
    expect(distinctPasswords).toBe(3);
  }
});
