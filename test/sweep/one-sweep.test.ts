import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createRunIndex } from '../../activities/sweep/temporal-runs.ts';
import { accountWorkflowId, signOutWorkflowId } from '../../contract/ids.ts';
import { SWEEP_CLASSES, type SweepClass, type SweepCount } from '../../contract/sweep.ts';
import { holdLock } from '../../tools/database/held-lock.ts';
import { openVault, type Vault } from '../../tools/session-vault.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned, addUser, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import { allListedAsEnded, openSweptWorld, runsOf, sweepOnce, type SweptWorld } from './setup.ts';

let swept: SweptWorld;
let world: World;
let vault: Vault;
beforeAll(async () => {
  swept = await openSweptWorld(2);
  ({ world } = swept);
  vault = await openVault(world, swept.redisUrl);
});
afterAll(async () => {
  await vault[Symbol.asyncDispose]();
  await swept[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await world.database.owner.query('DELETE FROM users_user');
});

const NOTHING: SweepCount = { started: 0, busy: 0, open: 0, waiting: 0 };
/** The counts of a verdict: nothing, but for what is given. */
const counts = (
  found: Partial<Record<SweepClass, Partial<SweepCount>>>,
): Readonly<Record<string, SweepCount>> =>
  Object.fromEntries(SWEEP_CLASSES.map((name) => [name, { ...NOTHING, ...found[name] }]));

const queuesOf = ({ taskQueue }: World): Readonly<Record<SweepClass, string>> => ({
  provision: `${taskQueue}-fleet`,
  repair: taskQueue,
  suspend: `${taskQueue}-fleet`,
  close: taskQueue,
});

/** The sweep does not wait for what it starts. */
async function ended(workflowId: string): Promise<unknown> {
  return world.client.workflow.getHandle(workflowId).result() as Promise<unknown>;
}

const inDoubt = (user: UserInWorld): Promise<void> => changeRow(world, user, { librechat_synced_at: null });

describe('one sweep', () => {
  test('finds nothing where nothing is left to do, and costs four short looks', async () => {
    await addProvisioned(world, 'content');
    const { verdict, workflowId } = await sweepOnce(world);
    expect(verdict.counts).toEqual(counts({}));
    const { events } = await world.client.workflow.getHandle(workflowId).fetchHistory();
    expect(events).toHaveLength(11);
  });

  test('sets going what is left to do in each of the four classes', async () => {
    const lost = await addUser(world, 'lost');
    const doubtful = await addProvisioned(world, 'doubtful');
    await inDoubt(doubtful);
    await world.standIn.control.changeAccount(doubtful.address, { password: 'set-in-librechat' });
    const leaver = await addProvisioned(world, 'leaver');
    await changeRow(world, leaver, { is_active: false });
    const signedOut = await addProvisioned(world, 'signed-out');
    await vault.records.close(signedOut.key);

    await allListedAsEnded(world);
    const { verdict } = await sweepOnce(world);
    const one = { started: 1 };
    expect(verdict.counts).toEqual(counts({ provision: one, repair: one, suspend: one, close: one }));
    expect(await ended(accountWorkflowId(lost.key))).toEqual({ outcome: 'provisioned' });
    expect(await ended(accountWorkflowId(doubtful.key))).toEqual({ outcome: 'rotated' });
    expect(await ended(accountWorkflowId(leaver.key))).toEqual({ outcome: 'suspended' });
    expect(await ended(signOutWorkflowId(signedOut.key))).toEqual({ outcome: 'ended' });
    expect((await signedOut.account()).sessions).toBe(0);
    for (const user of [lost, doubtful, signedOut])
      expect(await loginWithRow(world, user.id)).toBe('own account');
    // A suspension may have left a record of its own to be closed.
    await eventually('nothing is left', async () => {
      const again = await sweepOnce(world);
      return SWEEP_CLASSES.every((name) => again.verdict.counts[name].started === 0);
    });
  });

  test('provisions and suspends on the queue of bulk work, and repairs on that of people who wait', async () => {
    const lost = await addUser(world, 'imported');
    const leaver = await addProvisioned(world, 'leaves');
    await changeRow(world, leaver, { is_active: false });
    const doubtful = await addProvisioned(world, 'waits');
    await inDoubt(doubtful);
    await allListedAsEnded(world);
    await sweepOnce(world);
    for (const { key, handle } of [lost, leaver]) {
      await ended(accountWorkflowId(key));
      expect((await handle.describe()).taskQueue).toBe(`${world.taskQueue}-fleet`);
    }
    expect(await ended(accountWorkflowId(doubtful.key))).toEqual({ outcome: 'intact' });
    expect((await doubtful.handle.describe()).taskQueue).toBe(world.taskQueue);
  });

  test('leaves a row alone that is in doubt because its rotation has just begun to change it', async () => {
    const user = await addProvisioned(world, 'in-rotation');
    const gate = await user.hold('resetPassword');
    await user.rotate({ reason: 'manual', waitMs: 0 });
    await gate.held();
    expect((await world.database.user(user.id)).librechat_synced_at).toBeNull();
    const run = (await user.handle.describe()).runId;
    await eventually('it is listed', async () =>
      (await runsOf(world.client, user.handle.workflowId)).includes(run),
    );
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ repair: { open: 1 } }));
    await gate.release();
    expect(await user.handle.result()).toEqual({ outcome: 'rotated' });
    expect((await user.handle.describe()).runId).toBe(run);
    expect((await user.account()).distinctPasswords).toBe(2);
  });

  test('that finds what another one has started a moment ago counts it as busy', async () => {
    const users = await Promise.all(
      Array.from({ length: 20 }, (_, index) => addUser(world, `race-${index}`)),
    );
    const { control } = world.standIn;
    await control.fault({ route: 'login', action: 'hold', times: null });
    // Both are held before their first look, so that neither sees what the other one starts.
    const lock = await holdLock(world.database, 'table');
    const sweeps = [sweepOnce(world), sweepOnce(world)];
    await lock.waitedFor();
    await lock.release();
    const provision = (await Promise.all(sweeps)).map(({ verdict }) => verdict.counts.provision);
    const sum = (of: keyof SweepCount): number =>
      provision.reduce((total, one) => total + Number(one[of]), 0);
    expect(sum('started')).toBe(users.length);
    expect(sum('busy') + sum('open')).toBe(users.length);
    await control.clearFaults();
    await control.release();
    for (const { handle } of users) expect(await handle.result()).toEqual({ outcome: 'provisioned' });
  });
});

describe('a deactivated user whose provisioning is blocked', () => {
  test('is shut out by the second sweep: the first one ends the wait for the next attempt', async () => {
    const user = await addBlocked('blocked-leaver');
    const before = (await world.database.user(user.id)).librechat_password_encrypted;
    expect(before).toMatch(/^gAAAA/);
    await changeRow(world, user, { is_active: false });
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ suspend: { open: 1, woken: 1 } }));
    expect(await user.handle.result()).toEqual({ outcome: 'inactive' });
    await allListedAsEnded(world);
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ suspend: { started: 1 } }));
    await ended(accountWorkflowId(user.key));
    expect((await world.database.user(user.id)).librechat_password_encrypted).toBe('');
  });

  test('and who is active is left alone, however often the sweep comes by', async () => {
    const user = await addBlocked('blocked-stayer');
    const { runId } = await user.handle.describe();
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ provision: { open: 1 } }));
    expect((await user.handle.describe()).runId).toBe(runId);
    await user.handle.terminate();
  });

  /** LibreChat has an account with another password under the address. */
  async function addBlocked(name: string): Promise<UserInWorld> {
    const user = await addProvisioned(world, name);
    await world.standIn.control.changeAccount(user.address, { password: 'set-in-librechat' });
    await world.database.override(
      `UPDATE users_user SET librechat_user_id = NULL, librechat_synced_at = NULL WHERE id = $1`,
      [user.id],
    );
    await world.provision(user.id);
    const { workflowId } = user.handle;
    const blocked = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'Running' AND LibreChatState = 'blocked'`;
    await eventually(
      'it is listed as blocked',
      async () => (await world.client.workflow.count(blocked)).count === 1,
    );
    return user;
  }
});

describe('what cannot be helped', () => {
  test('a repair in vain is not repeated by the next sweep, and costs LibreChat nothing then', async () => {
    const user = await addProvisioned(world, 'address-changed');
    await inDoubt(user);
    await changeRow(world, user, { email: 'nobody-there@example.com' });
    await allListedAsEnded(world);
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ repair: { started: 1 } }));
    expect(await ended(accountWorkflowId(user.key))).toEqual({ outcome: 'failed', code: 'AccountMissing' });
    await allListedAsEnded(world);
    const { workflowId } = user.handle;
    const known = await createRunIndex(world.client, queuesOf(world)).runsOf('repair', [workflowId]);
    expect(known.get(workflowId)).toMatchObject({ open: false, vain: [{ code: 'AccountMissing' }] });
    const { runId } = await user.handle.describe();
    const { control } = world.standIn;
    const calls = (await control.counters()).routes;
    for (let sweep = 0; sweep < 3; sweep++)
      expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ repair: { waiting: 1 } }));
    expect((await user.handle.describe()).runId).toBe(runId);
    expect((await control.counters()).routes).toEqual(calls);
  });

  test('nor is one that ended by a defect, until its time has come', async () => {
    const user = await addProvisioned(world, 'defect');
    await inDoubt(user);
    const broken = await world.client.workflow.start('rotateCredential', {
      workflowId: user.handle.workflowId,
      taskQueue: world.taskQueue,
      args: [{ djangoUserId: 'nobody', reason: 'manual' }],
    });
    await expect(broken.result()).rejects.toThrow('failed');
    await allListedAsEnded(world);
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ repair: { waiting: 1 } }));
  });

  test('a repair in vain keeps nobody from being suspended: another type says nothing about it', async () => {
    const user = await addProvisioned(world, 'leaves-in-doubt');
    await inDoubt(user);
    await changeRow(world, user, { email: 'nobody-at-all@example.com' });
    await allListedAsEnded(world);
    await sweepOnce(world);
    expect(await ended(accountWorkflowId(user.key))).toEqual({ outcome: 'failed', code: 'AccountMissing' });
    await changeRow(world, user, { is_active: false });
    await allListedAsEnded(world);
    const index = createRunIndex(world.client, queuesOf(world));
    const { workflowId } = user.handle;
    expect((await index.runsOf('repair', [workflowId])).get(workflowId)?.vain).toHaveLength(1);
    expect((await index.runsOf('suspend', [workflowId])).get(workflowId)).toBeUndefined();
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ suspend: { started: 1 } }));
    await ended(accountWorkflowId(user.key));
  });

  test('a deactivated user who never had an account is settled once', async () => {
    const user = await addUser(world, 'never-linked', { active: false });
    await changeRow(world, user, { librechat_password_encrypted: 'gAAAAABnever-used' });
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({ suspend: { started: 1 } }));
    await ended(accountWorkflowId(user.key));
    const { runId } = await user.handle.describe();
    await allListedAsEnded(world);
    expect((await sweepOnce(world)).verdict.counts).toEqual(counts({}));
    expect((await user.handle.describe()).runId).toBe(runId);
  });
});
