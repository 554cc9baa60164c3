import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sessionWorkflowId } from '../../contract/ids.ts';
import type { World } from '../../tools/world.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned, addUser } from '../setup/user-in-world.ts';
import { openGround, type Bff, type Ground, type Vault } from './setup.ts';

let ground: Ground;
let world: World;
let bff: Bff;
let vault: Vault;
beforeAll(async () => {
  ground = await openGround();
  ({ world, bff, vault } = ground);
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

const refreshes = async (): Promise<number> =>
  (await world.standIn.control.counters()).routes['refresh']?.calls ?? 0;

describe('a session', () => {
  test('is there at once after the provisioning, without any refresh', async () => {
    const user = await addProvisioned(world, 'at-once');
    const before = await refreshes();
    const session = await bff.chat.session(user.id);
    expect(session.expiresAt).toBeGreaterThan(Date.now() + 800_000);
    expect(String(session.accessToken)).toBe('[secret]');
    expect(session.accountId).toBe((await user.account()).id);
    expect(await refreshes()).toBe(before);
  });

  test('whose token has expired is refreshed, once, by the refresh token', async () => {
    const user = await addProvisioned(world, 'expired');
    await vault.age(user.key, -1);
    const before = await refreshes();
    const sessions = await Promise.all(Array.from({ length: 20 }, () => bff.chat.session(user.id)));
    expect(await refreshes()).toBe(before + 1);
    expect(new Set(sessions.map(({ accessToken }) => accessToken.reveal())).size).toBe(1);
    const run = world.client.workflow.getHandle(sessionWorkflowId(user.key));
    expect(await run.result()).toMatchObject({ outcome: 'renewed' });
    expect(billedActions(await run.fetchHistory())).toHaveLength(2);
  });

  test('that nears its end is served and refreshed in the background', async () => {
    const user = await addProvisioned(world, 'near-its-end');
    await vault.age(user.key, 60_000);
    const old = await bff.chat.session(user.id);
    await eventually('the session is refreshed', async () => {
      return (await bff.chat.session(user.id)).expiresAt > old.expiresAt;
    });
    expect(bff.backgroundErrors).toEqual([]);
  });

  test('of a user without an account comes as soon as there is one', async () => {
    const user = await addUser(world, 'new');
    const session = await bff.chat.session(user.id, { waitMs: 10_000 });
    expect(session.accountId).toBe((await user.account()).id);
  });
});
