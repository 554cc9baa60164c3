import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sessionWorkflowId, signOutWorkflowId } from '../../contract/ids.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import {
  logInElsewhere,
  openGround,
  refreshAtLibreChat,
  type Bff,
  type Ground,
  type Vault,
} from './setup.ts';

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

const nothingLeft = async ({ key }: UserInWorld): Promise<void> => {
  expect(await vault.records.read(key)).toBeNull();
  expect(await vault.records.readClosing(key)).toBeNull();
};

describe('after a sign-out', () => {
  test('the record is gone at once, and LibreChat’s session is ended', async () => {
    const user = await addProvisioned(world, 'leaves');
    const session = await vault.session(user.key);
    expect(await bff.chat.signOut(user.id)).toEqual({ outcome: 'closing' });
    expect(await vault.records.read(user.key)).toBeNull();
    await world.client.workflow.getHandle(signOutWorkflowId(user.key)).result();
    expect(await refreshAtLibreChat(world, session)).toBe(401);
    await nothingLeft(user);
  });

  test('LibreChat’s session is ended too when the access token had expired', async () => {
    const user = await addProvisioned(world, 'leaves-late');
    await vault.age(user.key, -60_000);
    expect(await bff.chat.signOut(user.id, { waitMs: 10_000 })).toEqual({ outcome: 'ended' });
    expect((await user.account()).sessions).toBe(0);
    await nothingLeft(user);
  });

  test('a logout that fails after the refresh that it needed is not forgotten', async () => {
    const user = await addProvisioned(world, 'leaves-late-in-an-outage');
    await vault.age(user.key, -60_000);
    const { address } = user;
    await world.standIn.control.fault({ route: 'logout', action: 'status', status: 503, times: 2, address });
    expect(await bff.chat.signOut(user.id, { waitMs: 20_000 })).toEqual({ outcome: 'ended' });
    expect((await user.account()).sessions).toBe(0);
    await nothingLeft(user);
  });

  test('no other session of the user at LibreChat is touched', async () => {
    const user = await addProvisioned(world, 'has-two');
    // LibreChat would end the oldest one without the cookie, so ours has to be the newer one.
    const elsewhere = await logInElsewhere(world, user.id, user.address);
    await bff.chat.signOut(user.id, { waitMs: 10_000 });
    await bff.chat.session(user.id, { waitMs: 10_000 });
    expect((await user.account()).sessions).toBe(2);
    expect(await bff.chat.signOut(user.id, { waitMs: 10_000 })).toEqual({ outcome: 'ended' });
    expect((await user.account()).sessions).toBe(1);
    expect(await refreshAtLibreChat(world, elsewhere)).toBe(200);
  });

  test('signing in again at once works, and the new session is left alone', async () => {
    const user = await addProvisioned(world, 'comes-back');
    const before = await vault.session(user.key);
    const hold = await user.hold('logout');
    await bff.chat.signOut(user.id);
    await hold.held();
    const after = await bff.chat.session(user.id, { waitMs: 10_000 });
    const now = await vault.session(user.key);
    expect(now.refreshToken.reveal()).not.toBe(before.refreshToken.reveal());
    await hold.release();
    expect(await world.client.workflow.getHandle(signOutWorkflowId(user.key)).result()).toEqual({
      outcome: 'ended',
    });
    expect((await user.account()).sessions).toBe(1);
    expect((await bff.chat.session(user.id)).accessToken.reveal()).toBe(after.accessToken.reveal());
  });

  test('a second one finds nothing to end', async () => {
    const user = await addProvisioned(world, 'leaves-twice');
    await bff.chat.signOut(user.id, { waitMs: 10_000 });
    expect(await bff.chat.signOut(user.id, { waitMs: 10_000 })).toEqual({ outcome: 'nothing' });
  });

  test('LibreChat being away keeps it open, says so, and ends the session when LibreChat is back', async () => {
    const user = await addProvisioned(world, 'leaves-in-an-outage');
    await world.standIn.control.fault({
      route: 'logout',
      action: 'status',
      status: 503,
      times: null,
      address: user.address,
    });
    await bff.chat.signOut(user.id);
    await eventually('the status says what it waits for', async () => {
      const { signOut } = await bff.chat.status(user.id);
      return signOut?.waiting?.code === 'UpstreamUnavailable';
    });
    expect(await vault.records.read(user.key)).toBeNull();
    await world.standIn.control.clearFaults();
    await world.client.workflow.getHandle(signOutWorkflowId(user.key)).result();
    expect((await user.account()).sessions).toBe(0);
  });
});

describe('a user who was deactivated', () => {
  test('loses the session at the next refresh, at LibreChat too, and is told why', async () => {
    const user = await addProvisioned(world, 'deactivated');
    await vault.age(user.key, -1);
    await changeRow(world, user, { is_active: false });
    await expect(bff.chat.session(user.id)).rejects.toMatchObject({
      name: 'SessionUnavailable',
      code: 'UserInactive',
      retryAfterSeconds: 30,
    });
    await world.client.workflow.getHandle(signOutWorkflowId(user.key)).result();
    expect((await user.account()).sessions).toBe(0);
    await nothingLeft(user);
  });

  test('does not cost a workflow for each request', async () => {
    const user = await addProvisioned(world, 'deactivated-and-stubborn');
    await vault.age(user.key, -1);
    await changeRow(world, user, { is_active: false });
    const run = async (): Promise<string> =>
      (await world.client.workflow.getHandle(sessionWorkflowId(user.key)).describe()).runId;
    await expect(bff.chat.session(user.id)).rejects.toMatchObject({ code: 'UserInactive' });
    const first = await run();
    for (let request = 0; request < 5; request++)
      await expect(bff.chat.session(user.id)).rejects.toMatchObject({ code: 'UserInactive' });
    expect(await run()).toBe(first);
  });
});
