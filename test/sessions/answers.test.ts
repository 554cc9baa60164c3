import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChatSession, ErrorCode } from '../../client/index.ts';
import { sessionWorkflowId } from '../../contract/ids.ts';
import { startTcpProxy, type ProxyMode, type TcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { redisUrl, temporalAddress } from '../setup/parts.ts';
import { timed } from '../setup/timed.ts';
import { addProvisioned, addUser, changeRow } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';
import { endAtLibreChat, openVault, startBff, type Bff, type Vault } from './setup.ts';

let world: World;
let worker: WorkerProcess;
let vault: Vault;
let bff: Bff;
/** A BFF whose wires can be cut. */
let cut: Bff;
let wires: Record<'redis' | 'temporal', TcpProxy>;
beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  vault = await openVault(world);
  bff = await startBff(world);
  wires = {
    redis: await startTcpProxy(redisUrl()),
    temporal: await startTcpProxy(`http://${temporalAddress()}`),
  };
  cut = await startBff(world, {
    redisUrl: wires.redis.url,
    temporalAddress: new URL(wires.temporal.url).host,
  });
});
afterEach(async () => {
  set('pass');
  await world.standIn.control.clearFaults();
  await world.standIn.control.release();
});
afterAll(async () => {
  await cut[Symbol.asyncDispose]();
  await bff[Symbol.asyncDispose]();
  await vault[Symbol.asyncDispose]();
  for (const wire of Object.values(wires)) await wire[Symbol.asyncDispose]();
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

function set(mode: ProxyMode, ...names: readonly ('redis' | 'temporal')[]): void {
  for (const name of names.length === 0 ? (['redis', 'temporal'] as const) : names) wires[name].set(mode);
}

const WAIT_MS = 2_000;
const LONGEST_MS = WAIT_MS + 500;

/** A session, or the code. */
const answerTo = (asked: Promise<ChatSession>): Promise<'session' | ErrorCode> =>
  asked.then(
    () => 'session' as const,
    (error: unknown) => {
      expect(error).toMatchObject({ name: 'SessionUnavailable', retryAfterSeconds: expect.any(Number) });
      return (error as { code: ErrorCode }).code;
    },
  );

/** What a BFF hears within the time that it is promised. */
async function hear(asked: Promise<ChatSession>): Promise<'session' | ErrorCode> {
  const { value, ms } = await timed(() => answerTo(asked));
  expect(ms).toBeLessThan(LONGEST_MS);
  return value;
}

/** What a BFF hears that has the time to wait for the reason. */
const hearPatiently = (userId: string): Promise<'session' | ErrorCode> =>
  answerTo(bff.chat.session(userId, { waitMs: 15_000 }));

const faulty = (address: string, action: string, status = 503): Promise<unknown> =>
  Promise.all(
    ['login', 'refresh'].map((route) =>
      world.standIn.control.fault({ route, action, status, times: null, address }),
    ),
  );

describe('without a usable record', () => {
  test('a refresh token that is dead costs a login', async () => {
    const user = await addProvisioned(world, 'dead-token');
    await endAtLibreChat(world, await vault.session(user.key));
    await vault.age(user.key, -1);
    expect(await hearPatiently(user.id)).toBe('session');
  });

  test('a password that LibreChat does not have any more is repaired', async () => {
    const user = await addProvisioned(world, 'restored');
    const before = await passwordInRow(world, user.id);
    await world.standIn.control.changeAccount(user.address, { password: 'from-a-backup' });
    await endAtLibreChat(world, await vault.session(user.key));
    await vault.age(user.key, -1);
    expect((await bff.chat.session(user.id, { waitMs: 10_000 })).accountId).toBe((await user.account()).id);
    const after = await passwordInRow(world, user.id);
    expect(after).not.toBe(before);
    expect(await user.login(after)).toBe('200');
  });

  test('a rotation in the middle of its work is waited for', async () => {
    const user = await addProvisioned(world, 'being-rotated');
    const hold = await user.hold('resetPassword', 'answer');
    const rotation = user.rotate({ reason: 'manual' });
    await hold.held();
    await vault.age(user.key, -1);
    expect(['RepairInProgress', 'SessionPending']).toContain(await hear(bff.chat.session(user.id)));
    const waiting = bff.chat.session(user.id, { waitMs: 15_000 });
    await hold.release();
    expect(await rotation).toEqual({ outcome: 'rotated' });
    expect((await waiting).expiresAt).toBeGreaterThan(Date.now());
  });

  test('of an account that cannot be provisioned, the user is told that there is none', async () => {
    const user = await addUser(world, 'no-address', { email: 'nobody@localhost' });
    expect(['NotProvisioned', 'SessionPending']).toContain(await hear(bff.chat.session(user.id)));
    await eventually(
      'it is blocked',
      async () => (await bff.chat.status(user.id)).account?.waiting?.kind === 'blocked',
    );
    expect((await bff.chat.status(user.id)).account).toMatchObject({
      workflow: 'provisionAccount',
      reason: 'visit',
      waiting: { kind: 'blocked', code: 'AddressRefused', nextAttempt: expect.any(Date) },
    });
  });

  test('of an unknown user, that there is none', async () => {
    expect(await hearPatiently('999999999999999')).toBe('UserNotFound');
  });

  test('of a deactivated user, that he is', async () => {
    const user = await addProvisioned(world, 'inactive');
    await vault.age(user.key, -1);
    await changeRow(world, user, { is_active: false });
    expect(await hearPatiently(user.id)).toBe('UserInactive');
  });

  test('of a second factor, that it has to go', async () => {
    const user = await addProvisioned(world, 'two-factor');
    await world.standIn.control.changeAccount(user.address, { twoFactor: true });
    await endAtLibreChat(world, await vault.session(user.key));
    await vault.age(user.key, -1);
    expect(await hearPatiently(user.id)).toBe('TwoFactorEnabled');
  });

  test('LibreChat being down is said, and said to the next one without asking again', async () => {
    const user = await addProvisioned(world, 'outage');
    await vault.age(user.key, -1);
    await faulty(user.address, 'status');
    expect(['UpstreamUnavailable', 'SessionPending']).toContain(await hear(bff.chat.session(user.id)));
    await world.client.workflow.getHandle(sessionWorkflowId(user.key)).result();
    const { routes } = await world.standIn.control.counters();
    expect(await hear(bff.chat.session(user.id))).toBe('UpstreamUnavailable');
    expect((await world.standIn.control.counters()).routes['login']).toEqual(routes['login']);
  });

  test('LibreChat keeping silent is not waited for', async () => {
    const user = await addProvisioned(world, 'silence');
    await vault.age(user.key, -1);
    await faulty(user.address, 'hold');
    expect(await hear(bff.chat.session(user.id))).toBe('SessionPending');
  });

  test.each(['refuse', 'stall'] as const)('Temporal being away (%s) is said', async (mode) => {
    const user = await addProvisioned(world, `no-temporal-${mode}`);
    await vault.age(user.key, -1);
    set(mode, 'temporal');
    expect(['TemporalUnavailable', 'SessionPending']).toContain(await hear(cut.chat.session(user.id)));
  });

  test.each(['refuse', 'stall'] as const)('Redis being away (%s) is said', async (mode) => {
    const user = await addProvisioned(world, `no-redis-${mode}`);
    set(mode, 'redis');
    expect(await hear(cut.chat.session(user.id))).toBe('SessionStoreUnavailable');
  });
});

describe('a token that is still good goes on being served', () => {
  const minutes = 60_000;

  test('while LibreChat is down', async () => {
    const user = await addProvisioned(world, 'served-1');
    await vault.age(user.key, 1 * minutes);
    await faulty(user.address, 'status');
    for (let request = 0; request < 3; request++)
      expect(await hear(bff.chat.session(user.id))).toBe('session');
  });

  test('while Temporal is away', async () => {
    const user = await addProvisioned(world, 'served-2');
    await vault.age(user.key, 1 * minutes);
    set('refuse', 'temporal');
    expect(await hear(cut.chat.session(user.id))).toBe('session');
  });

  test.each(['refuse', 'stall'] as const)('while all of it is away (%s)', async (mode) => {
    const user = await addProvisioned(world, `served-${mode}`);
    await vault.age(user.key, 10 * minutes);
    const { accessToken } = await cut.chat.session(user.id);
    await faulty(user.address, 'status');
    set(mode);
    for (let request = 0; request < 3; request++) {
      const again = cut.chat.session(user.id);
      expect(await hear(again)).toBe('session');
      expect((await again).accessToken.reveal()).toBe(accessToken.reveal());
    }
  });
});

test('without any worker the wait is over in time, and the status says what is open', async () => {
  await using idle = await testWorld();
  await using lonely = await startBff(idle);
  const id = await idle.database.addUser({ email: 'waits@example.com' });
  expect(await lonely.chat.status(id)).toEqual({ account: null, session: null, signOut: null });
  const before = new Date();
  expect(await hear(lonely.chat.session(id))).toBe('SessionPending');
  const { session } = await lonely.chat.status(id);
  expect(session).toEqual({
    workflow: 'refreshSession',
    reason: 'visit',
    since: expect.any(Date),
    waiting: undefined,
  });
  expect(Number(session?.since)).toBeGreaterThanOrEqual(Number(before));
  await lonely.chat.close();
  await lonely.chat.close();
});

// The last one: whoever calls LibreChat after it waits until that window has ended.
test('a limit of LibreChat is passed on with the time that it asks for', async () => {
  const user = await addProvisioned(world, 'limited');
  await endAtLibreChat(world, await vault.session(user.key));
  await vault.age(user.key, -1);
  await world.standIn.control.settings({ loginMax: 0, loginWindow: 1, resetLimits: true });
  try {
    expect(await hearPatiently(user.id)).toBe('RateLimited');
    const { retryAfterSeconds } = (await bff.chat.session(user.id).catch((error: unknown) => error)) as {
      retryAfterSeconds: number;
    };
    expect(retryAfterSeconds).toBeGreaterThan(30);
  } finally {
    await world.standIn.control.settings({ loginMax: 1_000_000, resetLimits: true });
  }
});
