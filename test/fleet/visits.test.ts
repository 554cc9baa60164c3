import { describe, expect, test } from '@jest/globals';
import { addUser, changeRow } from '../setup/user-in-world.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { rotateCredential } from '../../client/temporal/index.ts';
import { lockedOut, openFleetGround, reach, withoutPasswords } from './setup.ts';

const DAY_MS = 86_400_000;
const daysAgo = (days: number): Date => new Date(Date.now() - days * DAY_MS);

describe('a fleet run finds', () => {
  test('whose password is older than the period, spread by 10 %, and leaves the others alone', async () => {
    // 26 days: nobody's; 34 days: everybody's.
    await using ground = await openFleetGround(60, { mintedAt: (index) => daysAgo(index < 30 ? 34 : 26) });
    expect(await ground.fleet.count({ mode: 'due' })).toMatchObject({ outcome: 'counted', due: 30 });
    expect(await ground.rotated()).toBe(0);
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', due: 30, tally: { rotated: 30 } });
    expect(await withoutPasswords({ ...ground, users: ground.users.slice(0, 30) }, 2)).toEqual([]);
    expect(await withoutPasswords({ ...ground, users: ground.users.slice(30) }, 1)).toEqual([]);
  });

  test('those whose clock was wrong, and counts what is no token', async () => {
    await using ground = await openFleetGround(20, { mintedAt: (index) => daysAgo(index < 10 ? -400 : 1) });
    const [broken] = ground.users.slice(-1);
    await ground.world.database.override(
      'UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1',
      [broken?.id, 'no token'],
    );
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({ due: 10, unreadable: 1, tally: { rotated: 10 } });
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({ due: 0 });
  });

  test('the users of a list, whatever their age, and nobody else, and names whom it left out', async () => {
    await using ground = await openFleetGround(50, { mintedAt: () => daysAgo(1) });
    const listed = ground.users.slice(0, 30);
    const unlinked = await addUser(ground.world, 'not-linked');
    await ground.fleet.start({
      mode: 'list',
      djangoUserIds: [...listed.map(({ id }) => id), unlinked.id, '1'],
    });
    expect(await ground.verdict()).toMatchObject({
      outcome: 'finished',
      due: 30,
      tally: { rotated: 30 },
      leftOut: { count: 2, named: [unlinked.id, '1'] },
    });
    expect(await withoutPasswords({ ...ground, users: listed }, 2)).toEqual([]);
    expect(await withoutPasswords({ ...ground, users: ground.users.slice(30) }, 1)).toEqual([]);
  });

  test('no user who is not active', async () => {
    await using ground = await openFleetGround(12);
    for (const user of ground.users.slice(0, 4)) await changeRow(ground.world, user, { is_active: false });
    await ground.fleet.start({ mode: 'incident' });
    expect(await ground.verdict()).toMatchObject({ due: 8, tally: { rotated: 8 } });
  });
});

describe('a user of a fleet run', () => {
  test('who is busy is visited again, and one who was rotated meanwhile is passed over', async () => {
    await using ground = await openFleetGround(30);
    const { control } = ground.world.standIn;
    const [busy] = ground.users;
    if (busy === undefined) throw new Error('There is nobody');
    const hold = { route: 'resetPassword', at: 'before', address: busy.address };
    // Each attempt, for the worker gives a call up after 10 s.
    await control.fault({ ...hold, action: 'hold', times: null });
    const user = parseDjangoUserId(busy.id);
    await rotateCredential(ground.world.client, user, {
      reason: 'manual',
      taskQueue: ground.world.taskQueue,
      waitMs: 0,
    });
    await control.held(hold);
    await ground.fleet.start({ mode: 'due' });
    await eventually('it was met', async () => (await ground.fleet.progress())?.busy === 1);
    await reach(ground, 29);
    await control.clearFaults();
    await control.release({ address: busy.address });
    expect(await ground.world.client.workflow.getHandle(accountWorkflowId(user)).result()).toEqual({
      outcome: 'rotated',
    });
    expect(await ground.verdict()).toMatchObject({
      outcome: 'finished',
      busyCount: 0,
      tally: { rotated: 29, passedOver: 1 },
    });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
  });

  test('whose old password is put back by a stale save is put in doubt, and counted', async () => {
    await using ground = await openFleetGround(60);
    // Django without the trigger of sql/trigger.sql, which would keep the new one.
    await ground.world.database.owner.query('DROP TRIGGER librechat_keep_credential ON users_user');
    const [stale] = ground.users;
    if (stale === undefined) throw new Error('There is nobody');
    const { librechat_password_encrypted: old } = await ground.world.database.user(stale.id);
    // In the very moment of the commit, and so before the next page.
    await ground.world.database.owner.query(`
      CREATE FUNCTION stale_save() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN NEW.librechat_password_encrypted := '${old ?? ''}'; RETURN NEW; END $$;
      CREATE TRIGGER stale_save BEFORE UPDATE ON users_user FOR EACH ROW
        WHEN (OLD.id = ${stale.id} AND NEW.librechat_synced_at IS NOT NULL) EXECUTE FUNCTION stale_save();`);
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({ tally: { rotated: 60, drift: 1 } });
    expect((await ground.world.database.user(stale.id)).librechat_synced_at).toBeNull();
    await ground.world.database.owner.query('DROP TRIGGER stale_save ON users_user');
    const repaired = await rotateCredential(ground.world.client, parseDjangoUserId(stale.id), {
      reason: 'repair',
      taskQueue: ground.world.taskQueue,
    });
    expect(repaired).toEqual({ outcome: 'rotated' });
    expect(await lockedOut(ground)).toEqual([]);
  });
});
