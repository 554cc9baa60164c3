import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure, WorkflowFailedError } from '@temporalio/client';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import { newKey, type World } from '../../tools/world.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { Secret } from '../../contract/secret.ts';
import { eventually } from '../setup/eventually.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

/** Starts a workflow past all checks of a client; its result, or the type of what failed it. */
async function outcomeOf(
  djangoUserId: unknown,
  workflowId = `librechat/account/${String(djangoUserId).slice(0, 40)}`,
): Promise<unknown> {
  try {
    return await world.client.workflow.execute('provisionAccount', {
      workflowId,
      taskQueue: world.taskQueue,
      args: [{ djangoUserId }],
    });
  } catch (error) {
    if (!(error instanceof WorkflowFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    expect(error.cause.message.length).toBeLessThan(400);
    return error.cause.type;
  }
}

describe('a user id that is none', () => {
  test.each([
    ['no text', 42],
    ['absent', undefined],
    ['a list', ['42']],
    ['empty', ''],
    ['10 kB long', '4'.repeat(10_240)],
    ['a second spelling', '042'],
    ['a second spelling of a UUID', '0B2F6A0E-8A55-4C1E-9A52-6F2F3C0D9B11'],
    ['SQL', "1'; DROP TABLE users_user; --"],
  ])('(%s) fails the run with InvalidUserId', async (_name, value) => {
    expect(await outcomeOf(value)).toBe('InvalidUserId');
  });

  test('and no input at all fails the run', async () => {
    await expect(
      world.client.workflow.execute('provisionAccount', {
        workflowId: 'librechat/account/',
        taskQueue: world.taskQueue,
      }),
    ).rejects.toThrow(WorkflowFailedError);
  });

  test('under the workflow id of somebody else is refused: two workflows could change one account', async () => {
    const id = await world.database.addUser({ email: 'twice@example.com' });
    expect(await outcomeOf(id, `librechat/account/not-${id}`)).toBe('InvalidUserId');
    expect((await world.database.user(id)).librechat_password_encrypted).toBeNull();
  });
});

describe('a row that cannot be provisioned', () => {
  test('because there is none ends the run', async () => {
    expect(await outcomeOf('1')).toEqual({ outcome: 'gone' });
  });

  test('because the id is of another type than the key of the table ends the run', async () => {
    expect(await outcomeOf('0b2f6a0e-8a55-4c1e-9a52-6f2f3c0d9b11')).toEqual({ outcome: 'gone' });
  });

  test('because it is inactive ends the run, and costs no call', async () => {
    const id = await world.database.addUser({ email: 'inactive@example.com', active: false });
    expect(await outcomeOf(id)).toEqual({ outcome: 'inactive' });
    expect((await world.database.user(id)).librechat_password_encrypted).toBeNull();
  });

  test.each<[string, () => string, string]>([
    ['garbage in the column', () => 'not a token', 'KeyMissing'],
    [
      'a token of an unknown key',
      () => createKeyRing(new Secret(newKey())).seal(new Secret('of-another-key')),
      'KeyMissing',
    ],
    ['a token that was cut off', () => seal('cut-off-in-the-middle').slice(0, -30), 'KeyMissing'],
  ])('because of %s is blocked, and the column is left as it is', async (_name, column, code) => {
    const sealedPassword = column();
    const id = await world.database.addUser({ email: `column-${Math.random()}@example.com`, sealedPassword });
    const handle = await world.provision(id);
    await eventually(`blocked as ${code}`, async () => {
      const { typedSearchAttributes } = await handle.describe();
      return typedSearchAttributes.getAll().some(({ value }) => value === code);
    });
    expect((await world.database.user(id)).librechat_password_encrypted).toBe(sealedPassword);
    await handle.terminate('end of test');
  });

  test.each([
    ['too short', 'short'],
    ['longer than bcrypt reads', 'x'.repeat(73)],
    ['not ASCII', 'pässwörd-of-django'],
    ['with a line break', 'password\nof-django'],
    ['nothing but spaces', '          '],
  ])('has its unusable password (%s) replaced', async (_name, password) => {
    const id = await world.database.addUser({
      email: `unusable-${Math.random()}@example.com`,
      sealedPassword: seal(password),
    });
    expect(await (await world.provision(id)).result()).toEqual({ outcome: 'provisioned' });
  });

  test('for want of a name is registered as User <id>', async () => {
    const id = await world.database.addUser({ email: 'al@example.com', firstName: 'Al', lastName: '' });
    expect(await (await world.provision(id)).result()).toEqual({ outcome: 'provisioned' });
  });

  test('with apostrophes, markup and emoji in its name is provisioned', async () => {
    const id = await world.database.addUser({
      email: 'odd@example.com',
      firstName: "O'Neil <b>",
      lastName: '👩‍👩‍👧 $ne {*}',
    });
    expect(await (await world.provision(id)).result()).toEqual({ outcome: 'provisioned' });
  });
});

const seal = (password: string): string =>
  createKeyRing(new Secret(world.keys.encryption)).seal(new Secret(password));
