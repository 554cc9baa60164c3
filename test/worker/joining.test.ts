import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { closeClient, provisionAccount, rotateCredential } from '../../client/temporal/index.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { SEARCH_ATTRIBUTES, PROVISION_SIGNALS } from '../../contract/messages.ts';
import { startTcpProxy } from '../../tools/processes/tcp-proxy.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { temporalAddress } from '../setup/parts.ts';
import { timed } from '../setup/timed.ts';
import { addProvisioned, addUser, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;
/** The client under test, which counts the starts that Temporal has answered. */
let client: Client;
let starts = 0;

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  client = new Client({
    connection: world.client.connection,
    interceptors: {
      workflow: [
        {
          startWithDetails: async (input, next) => {
            const output = await next(input);
            starts += 1;
            return output;
          },
        },
      ],
    },
  });
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});
beforeEach(() => {
  starts = 0;
});

const started = (count: number): Promise<void> =>
  eventually(`${count} starts were answered`, async () => starts >= count);

const newUser = (name: string, email?: string): Promise<UserInWorld> =>
  addUser(world, name, email === undefined ? { client } : { client, email });
const provisioned = (name: string): Promise<UserInWorld> => addProvisioned(world, name, { client });

async function addBlocked(name: string): Promise<UserInWorld> {
  const user = await newUser(name, `${name}@localhost`);
  const handle = await world.provision(user.id);
  await eventually('it is blocked', async () => {
    const { typedSearchAttributes } = await handle.describe();
    return typedSearchAttributes.getAll().some(({ key }) => key.name === SEARCH_ATTRIBUTES.reason.name);
  });
  return user;
}

const correct = (user: UserInWorld, email: string): Promise<void> => changeRow(world, user, { email });

type HistoryEvent = NonNullable<Awaited<ReturnType<UserInWorld['handle']['fetchHistory']>>['events']>[number];

/** The name of the signal that an event tells of, if it does. */
const signalName = ({
  workflowExecutionSignaledEventAttributes: signal,
}: HistoryEvent): readonly unknown[] => (signal == null ? [] : [signal.signalName]);

describe('while a user is being provisioned', () => {
  test('a rotation is not answered by it: it waits for its end, and rotates', async () => {
    const user = await newUser('newcomer');
    const gate = await user.hold('login');
    const provisioning = await world.provision(user.id);
    await gate.held();
    for (const waitMs of [0, 100])
      expect(await user.rotate({ reason: 'manual', waitMs })).toEqual({
        outcome: 'busy',
        openWorkflow: 'provisionAccount',
      });
    starts = 0;
    const rotation = user.rotate({ reason: 'manual' });
    await started(2);
    await gate.release();
    expect(await provisioning.result()).toEqual({ outcome: 'provisioned' });
    expect(await rotation).toEqual({ outcome: 'rotated' });
    expect(await user.account()).toMatchObject({ distinctPasswords: 2 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('a rotation that waits for it stops waiting when it is blocked', async () => {
    const user = await newUser('refused-late');
    const gate = await user.hold('login');
    const provisioning = await world.provision(user.id);
    await gate.held();
    const rotation = user.rotate({ reason: 'manual' });
    await started(2);
    await correct(user, 'refused-late@localhost');
    await world.standIn.control.release({ address: user.address, action: 'drop' });
    expect(await rotation).toEqual({ outcome: 'blocked', code: 'AddressRefused' });
    await provisioning.terminate('end of test');
  });
});

describe('a blocked provisioning', () => {
  test('is not waited for: a rotation answers its code and has it try again', async () => {
    const user = await addBlocked('never');
    const { runId } = await user.handle.describe();
    expect(await user.rotate({ reason: 'repair' })).toEqual({ outcome: 'blocked', code: 'AddressRefused' });
    const { events } = await client.workflow.getHandle(user.handle.workflowId, runId).fetchHistory();
    expect(events?.flatMap(signalName)).toEqual([PROVISION_SIGNALS.changed]);
    await correct(user, 'never-again@example.com');
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'blocked', code: 'AddressRefused' });
    expect(await user.handle.result()).toEqual({ outcome: 'provisioned' });
    expect(await user.rotate({ reason: 'manual' })).toEqual({ outcome: 'rotated' });
  });

  test('is woken by a start that says that the row was changed, and by no other', async () => {
    const user = await addBlocked('corrected');
    const { taskQueue } = world;
    const { runId } = await user.handle.describe();
    await correct(user, 'corrected@example.com');
    expect(await provisionAccount(client, user.key, { taskQueue })).toEqual({ outcome: 'started' });
    expect((await user.handle.describe()).runId).toBe(runId);
    const { events } = await user.handle.fetchHistory();
    expect(events?.flatMap(signalName)).toEqual([]);
    expect(await provisionAccount(client, user.key, { taskQueue, changed: true })).toEqual({
      outcome: 'started',
    });
    expect(await user.handle.result()).toEqual({ outcome: 'provisioned' });
  });
});

test('a start that says that the row was changed provisions a user who was not waiting', async () => {
  const user = await newUser('fresh');
  await provisionAccount(client, user.key, { taskQueue: world.taskQueue, changed: true });
  expect(await user.handle.result()).toEqual({ outcome: 'provisioned' });
  const { memo, runId } = await user.handle.describe();
  expect(memo).toMatchObject({ reason: 'sign-up' });
  const { events } = await user.handle.fetchHistory();
  expect(events?.flatMap(signalName)).toEqual([PROVISION_SIGNALS.changed]);
  // A start for a user who has all is over at once, and signs nobody in.
  await provisionAccount(client, user.key, { taskQueue: world.taskQueue });
  expect(await user.handle.result()).toEqual({ outcome: 'already' });
  expect((await user.handle.describe()).runId).not.toBe(runId);
});

describe('while a user is being rotated', () => {
  test('ten who want the same get the one verdict, and one password is set', async () => {
    const user = await provisioned('popular');
    const gate = await user.hold('requestPasswordReset');
    const rotations = Array.from({ length: 10 }, () => user.rotate({ reason: 'manual' }));
    await started(10);
    await gate.held();
    await gate.release();
    for (const outcome of await Promise.all(rotations)) expect(outcome).toEqual({ outcome: 'rotated' });
    expect(await user.account()).toMatchObject({ distinctPasswords: 2 });
  });

  test.each([
    ['scheduled', 'incident', 3],
    ['manual', 'incident', 3],
    ['incident', 'incident', 3],
    ['incident', 'manual', 2],
    ['scheduled', 'manual', 2],
    ['manual', 'repair', 2],
  ] as const)('for a reason %s, one for the reason %s makes %i passwords', async (open, asked, passwords) => {
    const user = await provisioned(`${open}-then-${asked}`);
    const gate = await user.hold('requestPasswordReset');
    const first = user.rotate({ reason: open });
    await gate.held();
    starts = 0;
    const second = user.rotate({ reason: asked });
    await started(passwords - 1);
    await gate.release();
    expect(await Promise.all([first, second])).toEqual([{ outcome: 'rotated' }, { outcome: 'rotated' }]);
    expect(await user.account()).toMatchObject({ distinctPasswords: passwords });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('a manual one is not satisfied by a repair that finds the password intact', async () => {
    const user = await provisioned('intact-then-manual');
    const gate = await user.hold('login');
    const repair = user.rotate({ reason: 'repair' });
    await gate.held();
    starts = 0;
    const manual = user.rotate({ reason: 'manual' });
    await started(2);
    await gate.release();
    expect(await repair).toEqual({ outcome: 'intact' });
    expect(await manual).toEqual({ outcome: 'rotated' });
  });

  test('whoever does not wait is told that it runs', async () => {
    const user = await provisioned('impatient');
    const gate = await user.hold('requestPasswordReset');
    for (const waitMs of [0, 100])
      expect(await user.rotate({ reason: 'manual', waitMs })).toEqual({ outcome: 'started' });
    expect(await user.rotate({ reason: 'incident', waitMs: 0 })).toEqual({
      outcome: 'busy',
      openWorkflow: 'rotateCredential',
    });
    await gate.held();
    await gate.release();
    expect(await user.handle.result()).toEqual({ outcome: 'rotated' });
  });

  test('a cancellation after the mint changes nothing', async () => {
    const user = await provisioned('cancelled');
    const gate = await user.hold('resetPassword');
    const rotation = user.rotate({ reason: 'manual' });
    await gate.held();
    await user.handle.cancel();
    await eventually('the worker has seen the cancellation', async () => {
      const { events } = await user.handle.fetchHistory();
      const completed = events?.filter((event) => event.workflowTaskCompletedEventAttributes);
      return completed?.length === 2;
    });
    await gate.release();
    expect(await rotation).toEqual({ outcome: 'rotated' });
    expect(await user.account()).toMatchObject({ distinctPasswords: 2 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('a termination leaves no verdict, and a repair puts it right', async () => {
    const user = await provisioned('terminated');
    const gate = await user.hold('resetPassword');
    const rotation = user.rotate({ reason: 'manual' });
    await gate.held();
    await user.handle.terminate('by a test');
    expect(await rotation).toEqual({ outcome: 'aborted' });
    await gate.release();
    expect(['intact', 'rotated']).toContain((await user.rotate({ reason: 'repair' })).outcome);
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });
});

describe('without Temporal', () => {
  /** Milliseconds that a call took, and its outcome or error code. */
  async function answered(
    call: () => Promise<{ outcome: string }>,
  ): Promise<{ answer: unknown; ms: number }> {
    const { value: answer, ms } = await timed(() =>
      call().then(
        ({ outcome }): unknown => outcome,
        (error: unknown) => (error as { code?: unknown }).code ?? error,
      ),
    );
    return { answer, ms };
  }

  test.each(['refuse', 'stall', 'never-there'] as const)('(%s) a call answers in time', async (mode) => {
    await using wire = await startTcpProxy(`http://${temporalAddress()}`);
    const address = new URL(wire.url).host;
    if (mode === 'never-there') wire.set('refuse');
    const connection =
      mode === 'never-there' ? Connection.lazy({ address }) : await Connection.connect({ address });
    if (mode !== 'never-there') wire.set(mode);
    const away = new Client({ connection });
    const key = parseDjangoUserId('42');
    for (const [call, expected] of [
      [() => provisionAccount(away, key), 'TemporalUnavailable'],
      [() => provisionAccount(away, key, { onUnavailable: 'ignore' }), 'unavailable'],
      [() => provisionAccount(away, key, { onUnavailable: 'ignore', changed: true }), 'unavailable'],
      [() => rotateCredential(away, key, { reason: 'manual', deadlineMs: 500 }), 'TemporalUnavailable'],
    ] as const) {
      const { answer, ms } = await answered(call);
      expect(answer).toBe(expected);
      expect(ms).toBeLessThan(1_000);
    }
    await closeClient(away);
  });

  test('a rotation that it was told of before goes on, which is the answer', async () => {
    await using wire = await startTcpProxy(`http://${temporalAddress()}`);
    const connection = await Connection.connect({ address: new URL(wire.url).host });
    const user = await provisioned('goes-on');
    const gate = await user.hold('requestPasswordReset');
    const { taskQueue } = world;
    const described = Promise.withResolvers<void>();
    const away = new Client({
      connection,
      interceptors: {
        workflow: [{ describe: (input, next) => next(input).finally(() => described.resolve()) }],
      },
    });
    const rotation = answered(() =>
      rotateCredential(away, user.key, { reason: 'manual', taskQueue, waitMs: 2_000 }),
    );
    await gate.held();
    await described.promise;
    wire.set('stall');
    await gate.release();
    expect(await rotation).toEqual({ answer: 'started', ms: expect.any(Number) });
    expect((await rotation).ms).toBeLessThan(2_500);
    expect(await user.handle.result()).toEqual({ outcome: 'rotated' });
    await closeClient(away);
  });
});

test('a namespace that Temporal does not know is said to be wrong, and not ignored', async () => {
  const lost = new Client({ connection: world.client.connection, namespace: 'nowhere' });
  await expect(
    provisionAccount(lost, parseDjangoUserId('42'), { onUnavailable: 'ignore', deadlineMs: 2_000 }),
  ).rejects.toMatchObject({ code: 'ConfigurationInvalid' });
});

test.each(['042', '', ' 42 ', 42, null])(
  'the user id %j is refused before Temporal is called',
  async (id) => {
    const untouchable = new Proxy({} as Client, {
      get: () => {
        throw new Error('Temporal was called');
      },
    });
    const refused = { code: 'InvalidUserId' };
    const key = id as DjangoUserId;
    await expect(provisionAccount(untouchable, key, { onUnavailable: 'ignore' })).rejects.toMatchObject(
      refused,
    );
    await expect(rotateCredential(untouchable, key, { reason: 'manual' })).rejects.toMatchObject(refused);
  },
);
