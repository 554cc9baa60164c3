import { describe, expect, test } from '@jest/globals';
import { changeRow } from '../setup/user-in-world.ts';
import { lockedOut, openFleetGround, reach, withoutPasswords } from './setup.ts';

describe('the failure budget of a fleet run', () => {
  test('trips at once when LibreChat gives out no links, says so, and the run resumes where it was', async () => {
    await using ground = await openFleetGround(120);
    const { control } = ground.world.standIn;
    await ground.fleet.start({ mode: 'due' });
    await reach(ground, 30);
    await control.settings({ allowPasswordReset: false });
    const { paused, tally } = await ground.paused();
    expect(paused).toEqual({ by: 'system', code: 'ResetUnavailable' });
    expect(tally.failed.ResetUnavailable).toBeGreaterThanOrEqual(5);
    const { typedSearchAttributes } = await ground.handle.describe();
    const shown = typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]);
    expect(Object.fromEntries(shown)).toMatchObject({
      LibreChatState: 'paused',
      LibreChatReason: 'ResetUnavailable',
    });
    await control.settings({ allowPasswordReset: true });
    await ground.fleet.signal('resume');
    const verdict = await ground.verdict();
    const failed = verdict.tally.failed.ResetUnavailable ?? 0;
    // What was open when it tripped has failed as well.
    expect(failed).toBeLessThanOrEqual(5 + 16);
    expect(verdict).toMatchObject({ outcome: 'finished', tally: { rotated: 120 - failed } });
    // Who failed is still due, and nobody else is.
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({ due: failed, tally: { rotated: failed } });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
    expect(await lockedOut(ground)).toEqual([]);
  });

  test('does not trip on users who changed their address', async () => {
    await using ground = await openFleetGround(40);
    for (const user of ground.users.slice(0, 8))
      await changeRow(ground.world, user, { email: `new-${user.address}` });
    await ground.fleet.start({ mode: 'due' });
    expect(await ground.verdict()).toMatchObject({
      outcome: 'finished',
      tally: { rotated: 32, failed: { AccountMissing: 8 } },
    });
  });

  test('trips on too many users, but not on the same ones the next day', async () => {
    // More than 200 have to be known as tried while shards are still open: each of the eight reports by 25.
    await using ground = await openFleetGround(260);
    for (const user of ground.users.slice(0, 12))
      await changeRow(ground.world, user, { email: `new-${user.address}` });
    await ground.fleet.start({ mode: 'due' });
    expect((await ground.paused()).paused).toEqual({ by: 'users', code: 'AccountMissing' });
    await ground.fleet.signal('resume');
    expect(await ground.verdict()).toMatchObject({ outcome: 'finished', tally: { rotated: 248 } });
    // An incident makes everybody due again, which the next day does not.
    await ground.fleet.start({ mode: 'incident' });
    expect(await ground.verdict()).toMatchObject({
      outcome: 'finished',
      tally: { rotated: 248, failed: { AccountMissing: 12 }, failedBefore: 12 },
    });
  });
});
