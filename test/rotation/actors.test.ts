import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { askPython } from '../setup/fernet-peer.ts';
import { setup, type RotationBench } from './setup.ts';

/* Who else may be at work on an account while its credential is rotated, and what becomes of both. */

let bench: RotationBench;
let serial = 0;
const newAddress = (): string => `actor${++serial}@example.com`;

beforeAll(async () => {
  bench = await setup();
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Everything that must be true of a user in the end. */
async function expectAgreement(id: string, address: string): Promise<void> {
  expect(await bench.rowOpens(id, address)).toBe(true);
  expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
}

/** Starts a rotation and holds it at a point of a call. */
async function heldAt(
  id: string,
  address: string,
  route: string,
  at: string,
): Promise<{ ended: Promise<string> }> {
  const minted = await bench.mint(id);
  await bench.control.fault({ route, at, action: 'hold', address });
  const ended = bench.apply(id, minted);
  await bench.control.held({ route, at, address });
  return { ended };
}

describe('a second rotation', () => {
  test('of an attempt that was thought dead sets no password of its own after it', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const zombie = await heldAt(id, address, 'requestPasswordReset', 'before');
    expect(await bench.apply(id, await bench.mint(id))).toBe('rotated');
    const wanted = await bench.passwordOf(id);
    await bench.control.release({ address });
    expect(await zombie.ended).toBe('overtaken');
    expect(await bench.passwordOf(id)).toBe(wanted);
    await expectAgreement(id, address);
    expect((await bench.control.account(address)).distinctPasswords).toBe(2);
  });

  test('with a link that it got before the other one began sets nothing', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const zombie = await heldAt(id, address, 'resetPassword', 'before');
    expect(await bench.apply(id, await bench.mint(id))).toBe('rotated');
    const wanted = await bench.passwordOf(id);
    await bench.control.release({ address });
    expect(await zombie.ended).toBe('overtaken');
    expect(await bench.passwordOf(id)).toBe(wanted);
    await expectAgreement(id, address);
  });

  test('at the very same time as another one: both end, and row and LibreChat agree', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const minted = [await bench.mint(id), await bench.mint(id), await bench.mint(id)];
    const outcomes = await Promise.all(minted.map((each) => bench.apply(id, each)));
    expect(outcomes).toContain('rotated');
    for (const outcome of outcomes) expect(['rotated', 'overtaken', 'failed']).toContain(outcome);
    if ((await bench.database.user(id)).librechat_synced_at === null) await bench.verify(id);
    await expectAgreement(id, address);
  });

  test('that is a repair does not believe a login while another attempt stands before its reset', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const zombie = await heldAt(id, address, 'resetPassword', 'before');
    expect(await bench.verify(id)).toBe('intact');
    await bench.control.release({ address });
    expect(await zombie.ended).toBe('rotated');
    await expectAgreement(id, address);
  });
});

describe('Django’s stale save of the whole row', () => {
  const saveAsRead = (row: Awaited<ReturnType<RotationBench['database']['user']>>): Promise<unknown> =>
    bench.database.owner.query(
      `UPDATE users_user SET email = $2, librechat_user_id = $3, librechat_synced_at = $4,
         librechat_password_encrypted = $5 WHERE id = $1`,
      [row.id, row.email, row.librechat_user_id, row.librechat_synced_at, row.librechat_password_encrypted],
    );

  test('after the rotation is undone by the trigger', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const readBefore = await bench.database.user(id);
    expect(await bench.apply(id, await bench.mint(id))).toBe('rotated');
    await saveAsRead(readBefore);
    await expectAgreement(id, address);
  });

  test('in the middle of the rotation does not take the mark away', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const readBefore = await bench.database.user(id);
    const { ended } = await heldAt(id, address, 'resetPassword', 'password-written');
    await saveAsRead(readBefore);
    expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
    await bench.control.release({ address });
    expect(await ended).toBe('rotated');
    await expectAgreement(id, address);
  });

  test('without the trigger is found by the next login, and repaired', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const readBefore = await bench.database.user(id);
    expect(await bench.apply(id, await bench.mint(id))).toBe('rotated');
    await bench.database.owner.query('ALTER TABLE users_user DISABLE TRIGGER USER');
    await saveAsRead(readBefore);
    await bench.database.owner.query('ALTER TABLE users_user ENABLE TRIGGER USER');
    expect(await bench.rowOpens(id, address)).toBe(false);
    expect(await bench.verify(id)).toBe('rejected');
    expect(await bench.apply(id, await bench.mint(id), { reason: 'repair' })).toBe('rotated');
    await expectAgreement(id, address);
  });
});

describe('an administrator of Django', () => {
  test('who seals the same password anew in the middle of a rotation does not stop it', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const before = (await bench.database.user(id)).librechat_password_encrypted ?? '';
    const [rewrapped] = await askPython([{ do: 'rotate', keys: bench.encryptionKey, text: before }]);
    const { ended } = await heldAt(id, address, 'resetPassword', 'password-written');
    await bench.database.owner.query(
      'UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1',
      [id, rewrapped],
    );
    await bench.control.release({ address });
    expect(await ended).toBe('rotated');
    await expectAgreement(id, address);
  });

  test('who deactivates the user in mid-flight lets it come to its end, without a session', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const { ended } = await heldAt(id, address, 'resetPassword', 'answer');
    await bench.database.owner.query('UPDATE users_user SET is_active = false WHERE id = $1', [id]);
    await bench.control.release({ address });
    expect(await ended).toBe('rotated');
    expect(await bench.rowOpens(id, address)).toBe(true);
  });

  test('who deactivates the user before the mark keeps LibreChat from being touched', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const { ended } = await heldAt(id, address, 'requestPasswordReset', 'answer');
    await bench.database.owner.query('UPDATE users_user SET is_active = false WHERE id = $1', [id]);
    await bench.control.release({ address });
    expect(await ended).toBe('inactive');
    expect((await bench.control.account(address)).distinctPasswords).toBe(1);
  });

  test('who deletes the row in mid-flight ends it', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const { ended } = await heldAt(id, address, 'resetPassword', 'answer');
    await bench.database.owner.query('DELETE FROM users_user WHERE id = $1', [id]);
    await bench.control.release({ address });
    expect(await ended).toBe('gone');
  });

  test('who changes the address in mid-flight to that of another user sets no password there', async () => {
    const [address, victimAddress] = [newAddress(), newAddress()];
    const id = await bench.provisioned(address);
    const victim = await bench.provisioned(victimAddress);
    await bench.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, victimAddress]);
    expect(await bench.apply(id, await bench.mint(id))).toBe('ResetLinkMismatch');
    expect(await bench.rowOpens(victim, victimAddress)).toBe(true);
    expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
  });
});

describe('a user', () => {
  test('who sets a password in LibreChat in mid-flight has it overruled', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const { ended } = await heldAt(id, address, 'resetPassword', 'answer');
    await bench.control.changeAccount(address, { password: 'set-by-the-user' });
    await bench.control.release({ address });
    expect(await ended).toBe('rotated');
    await expectAgreement(id, address);
  });

  test('whose new password is three letters long, so that no login can ever use it, is let in again', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    await bench.control.changeAccount(address, { password: 'abc' });
    expect(await bench.verify(id)).toBe('rejected');
    expect(await bench.apply(id, await bench.mint(id), { reason: 'repair' })).toBe('rotated');
    await expectAgreement(id, address);
  });

  test('who has no session gets none by a scheduled rotation, and one who has gets the new one', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    expect(await bench.apply(id, await bench.mint(id), { reason: 'scheduled' })).toBe('rotated');
    expect((await bench.control.account(address)).sessions).toBe(1);
    await bench.services.sessionStore.close(parseDjangoUserId(id));
    expect(await bench.apply(id, await bench.mint(id), { reason: 'scheduled' })).toBe('rotated');
    expect((await bench.control.account(address)).sessions).toBe(0);
    expect(await bench.services.sessionStore.hasSession(parseDjangoUserId(id))).toBe(false);
  });
});

describe('an attempt after one whose answer was lost', () => {
  test.each(['password-written', 'token-deleted', 'sessions-deleted', 'answer'])(
    'at %s finds the password there and sets no other',
    async (at) => {
      const address = newAddress();
      const id = await bench.provisioned(address);
      const minted = await bench.mint(id);
      await bench.control.fault({ route: 'resetPassword', at, action: 'drop', address });
      expect(await bench.apply(id, minted)).toBe('ResetUnknown');
      expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
      expect(await bench.apply(id, minted, { attempt: 2 })).toBe('rotated');
      expect((await bench.control.account(address)).distinctPasswords).toBe(2);
      await expectAgreement(id, address);
    },
  );

  test('in an incident sets the same password once more, so that the old sessions are seen to die', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const minted = await bench.mint(id);
    await bench.control.fault({ route: 'resetPassword', at: 'token-deleted', action: 'drop', address });
    expect(await bench.apply(id, minted, { reason: 'incident' })).toBe('ResetUnknown');
    expect((await bench.control.account(address)).sessions).toBe(1);
    expect(await bench.apply(id, minted, { reason: 'incident', attempt: 2 })).toBe('rotated');
    expect(await bench.control.account(address)).toMatchObject({ distinctPasswords: 2, sessions: 1 });
    await expectAgreement(id, address);
  });

  test('before LibreChat has written it sets the password that was minted, not a second one', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    const minted = await bench.mint(id);
    await bench.control.fault({ route: 'resetPassword', at: 'before', action: 'drop', address });
    expect(await bench.apply(id, minted)).toBe('ResetUnknown');
    expect(await bench.apply(id, minted, { attempt: 2 })).toBe('rotated');
    expect((await bench.control.account(address)).distinctPasswords).toBe(2);
    await expectAgreement(id, address);
  });

  test('is in doubt when LibreChat cannot be asked after the commit, and a repair finds it intact', async () => {
    const address = newAddress();
    const id = await bench.provisioned(address);
    await bench.control.fault({ route: 'login', action: 'status', address });
    expect(await bench.apply(id, await bench.mint(id))).toBe('unverified');
    expect((await bench.database.user(id)).librechat_synced_at).toBeNull();
    expect(await bench.verify(id)).toBe('intact');
    await expectAgreement(id, address);
  });
});
