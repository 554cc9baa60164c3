import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { holdLock } from '../../tools/database/held-lock.ts';
import { setup, type EndingBench } from './setup.ts';

/*
 * A user is activated again while a suspension stands anywhere, or after it, while an attempt that was thought dead wakes
 * up. In the end the password of the row opens the account that the user had, without a human.
 */

let bench: EndingBench;
let serial = 0;
let address: string;

beforeAll(async () => {
  bench = await setup();
});
beforeEach(() => {
  address = `again${++serial}@example.com`;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** Points of calls to LibreChat at which an attempt may stand. */
const PLACES: readonly (readonly [string, string])[] = [
  ['requestPasswordReset', 'before'],
  ['requestPasswordReset', 'link-stored'],
  ['requestPasswordReset', 'answer'],
  ['resetPassword', 'before'],
  ['resetPassword', 'password-written'],
  ['resetPassword', 'answer'],
];
const UNLINKED_PLACES: typeof PLACES = [
  ['login', 'before'],
  ['login', 'answer'],
  ['logout', 'answer'],
  ...PLACES,
];

/** The sweep comes again and again, so it may be late, but it must not be needed for ever. */
async function expectHealthy(id: string, accountId: string | undefined): Promise<void> {
  for (let sweep = 0; sweep < 3; sweep++) await bench.heal(id);
  expect(await bench.heal(id)).toBe('nothing to do');
  expect(await bench.database.user(id)).toMatchObject({ librechat_user_id: accountId });
  expect(await bench.rowOpens(id, address)).toBe(true);
  expect(await bench.control.account(address)).toMatchObject({ registrations: 1 });
}
const accountId = async (): Promise<string | undefined> => (await bench.control.account(address)).id;

async function unlinked(): Promise<string> {
  const id = await bench.provisioned(address);
  await bench.database.override(
    'UPDATE users_user SET is_active = false, librechat_user_id = NULL, librechat_synced_at = NULL WHERE id = $1',
    [id],
  );
  return id;
}

describe('activated again while a suspension stands', () => {
  test.each(PLACES)('at %s, %s', async (route, at) => {
    const id = await bench.deactivated(address);
    const held = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await bench.setActive(id, true);
    expect(await held.release()).toBe('active');
    await expectHealthy(id, await accountId());
  });

  test.each(UNLINKED_PLACES)('at %s, %s, of a row that is not linked', async (route, at) => {
    const id = await unlinked();
    const held = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await bench.setActive(id, true);
    expect(await held.release()).toBe('active');
    await expectHealthy(id, await accountId());
  });

  test('before it empties the column', async () => {
    const id = await bench.deactivated(address);
    const held = await bench.heldAt(address, 'resetPassword', 'answer', () => bench.suspend(id));
    const lock = await holdLock(bench.database, 'row', id);
    const ended = held.release();
    await lock.waitedFor();
    await lock.release();
    expect(await ended).toBe('suspended');
    await bench.setActive(id, true);
    await expectHealthy(id, await accountId());
  });
});

describe('activated again, and provisioned, before an attempt wakes up that was thought dead', () => {
  test.each(PLACES)('at %s, %s', async (route, at) => {
    const id = await bench.deactivated(address);
    const zombie = await bench.heldAt(address, route, at, () => bench.suspend(id));
    expect(await bench.suspend(id)).toBe('suspended');
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
    expect(await zombie.release()).toBe('active');
    await expectHealthy(id, await accountId());
  });

  test.each(PLACES)('at %s, %s, and nobody has repeated it: Temporal was wiped', async (route, at) => {
    const id = await bench.deactivated(address);
    const zombie = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await bench.setActive(id, true);
    await bench.heal(id);
    expect(await zombie.release()).toBe('active');
    await expectHealthy(id, await accountId());
  });

  test.each(PLACES)('at %s, %s, and deactivated once more', async (route, at) => {
    const id = await bench.deactivated(address);
    const zombie = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await bench.setActive(id, true);
    await bench.heal(id);
    await bench.setActive(id, false);
    expect(await bench.suspend(id)).toBe('suspended');
    expect(await zombie.release()).toBe('suspended');
    await bench.setActive(id, true);
    await expectHealthy(id, await accountId());
  });

  test.each(UNLINKED_PLACES)('at %s, %s, of a row that was not linked', async (route, at) => {
    const id = await unlinked();
    const zombie = await bench.heldAt(address, route, at, () => bench.suspend(id));
    expect(await bench.suspend(id)).toBe('suspended');
    await bench.setActive(id, true);
    expect(await bench.heal(id)).toBe('provisioned');
    expect(await zombie.release()).toBe('active');
    await expectHealthy(id, await accountId());
  });
});

describe('a rotation that was thought dead', () => {
  test.each(PLACES)('at %s, %s, undoes no suspension, and no reactivation', async (route, at) => {
    const id = await bench.provisioned(address);
    const minted = await bench.mint(id);
    const zombie = await bench.heldAt(address, route, at, () => bench.apply(id, minted));
    await bench.setActive(id, false);
    expect(await bench.suspend(id)).toBe('suspended');
    expect(['inactive', 'failed']).toContain(await zombie.release());
    expect(await bench.database.user(id)).toMatchObject({ librechat_password_encrypted: '' });
    await bench.setActive(id, true);
    await expectHealthy(id, await accountId());
  });
});

describe('Django writes the row while a suspension stands before its mark or after its reset', () => {
  const stale = async (id: string) => {
    const read = await bench.database.user(id);
    return () =>
      bench.database.owner.query(
        `UPDATE users_user SET email = $2, is_active = $3, librechat_user_id = $4, librechat_synced_at = $5,
           librechat_password_encrypted = $6 WHERE id = $1`,
        [
          id,
          read.email,
          read.is_active,
          read.librechat_user_id,
          read.librechat_synced_at,
          read.librechat_password_encrypted,
        ],
      );
  };

  test.each(PLACES)('a stale save of the whole row, at %s, %s', async (route, at) => {
    const id = await bench.provisioned(address);
    const saveAsActive = await stale(id);
    await bench.setActive(id, false);
    const saveAsInactive = await stale(id);
    const held = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await saveAsInactive();
    expect(await held.release()).toBe('suspended');
    expect(await bench.database.user(id)).toMatchObject({ librechat_password_encrypted: '' });
    // It brings back the old password, and the user.
    await saveAsActive();
    await expectHealthy(id, await accountId());
  });

  test.each(PLACES)('a newer password of Django’s, at %s, %s, is taken away too', async (route, at) => {
    const id = await bench.deactivated(address);
    const held = await bench.heldAt(address, route, at, () => bench.suspend(id));
    await bench.database.owner.query(
      'UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1',
      [id, bench.seal('minted-by-django-now')],
    );
    expect(await held.release()).toBe('suspended');
    expect(await bench.database.user(id)).toMatchObject({ librechat_password_encrypted: '' });
    await bench.setActive(id, true);
    await expectHealthy(id, await accountId());
  });
});
