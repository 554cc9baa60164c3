import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '../setup/eventually.ts';
import { testGround } from './ground.ts';
import { lookBefore, problemsOf } from './inspect.ts';
import { openSlot, provisionSubject, rotate, type Slot } from './slot.ts';

const SILENCE_MS = 300;

let slot: Slot;

beforeAll(async () => {
  slot = await openSlot(testGround());
});
afterAll(async () => {
  await slot.world.standIn.control.settings({ databaseLost: false });
  await slot[Symbol.asyncDispose]();
});

describe('a LibreChat that loses its database in the middle of a rotation', () => {
  test.each([
    ['requestPasswordReset', 'before', 'before it makes the link'],
    ['requestPasswordReset', 'old-links-deleted', 'when it has deleted the older links'],
    ['resetPassword', 'before', 'before it looks for the link'],
    ['resetPassword', 'token-matched', 'before it writes the password'],
    ['resetPassword', 'password-written', 'when it has written the password'],
  ])('%s %s: is waited for, and nothing is concluded or thrown away', async (route, at) => {
    const subject = await provisionSubject(slot);
    const before = await lookBefore(slot, subject);
    const { control } = slot.world.standIn;
    const { address, id } = subject;
    await control.fault({ route, at, action: 'hold', address });
    const rotation = await rotate(slot.world, subject);
    await control.held({ route, at, address });
    await control.settings({ databaseLost: true, databaseSilenceMs: SILENCE_MS });
    await control.release({ address });
    await eventually('two attempts have failed', async () => {
      const { raw } = await rotation.describe();
      const [attempt] = raw.pendingActivities ?? [];
      return (attempt?.attempt ?? 0) > 2;
    });
    const { librechat_password_encrypted: sealed } = await slot.world.database.user(id);
    const record = await slot.sessions.records.read(id as never);
    await control.settings({ databaseLost: false });

    expect(await rotation.result()).toEqual({ outcome: 'rotated' });
    expect(record).not.toBeNull();
    expect((await slot.world.database.user(id)).librechat_password_encrypted).not.toBe(sealed);
    const expected = { passwords: 2, sessionMayBeOver: false, logs: slot.worker.log };
    expect(await problemsOf(slot, subject, before, expected)).toEqual([]);
  });

  test('when it is asked to verify: the row stays in doubt, and a repair ends that', async () => {
    const subject = await provisionSubject(slot);
    const before = await lookBefore(slot, subject);
    const { control } = slot.world.standIn;
    const { address, id } = subject;
    await control.fault({ route: 'login', at: 'before', action: 'hold', address });
    const rotation = await rotate(slot.world, subject);
    await control.held({ route: 'login', at: 'before', address });
    await control.settings({ databaseLost: true, databaseSilenceMs: SILENCE_MS });
    await control.release({ address });
    const verdict = await rotation.result();
    await control.settings({ databaseLost: false });
    expect(verdict.outcome).toBe('unverified');
    expect((await slot.world.database.user(id)).librechat_synced_at).toBeNull();
    expect((await (await rotate(slot.world, subject, 'repair')).result()).outcome).toBe('intact');
    const expected = { passwords: 2, sessionMayBeOver: false, logs: slot.worker.log };
    expect(await problemsOf(slot, subject, before, expected)).toEqual([]);
  });
});
