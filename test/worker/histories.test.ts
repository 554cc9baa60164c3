import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createSessionStore } from '../../activities/adapters/session-store.ts';
import {
  openAccessToken,
  openRefreshToken,
  parseKeyRing,
  readRecord,
} from '../../client/session-record/index.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import { ADMIN, type World } from '../../tools/world.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import { redisUrl } from '../setup/parts.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;
const canaries: string[] = [ADMIN.password];
const users: string[] = [];
/** So many times was a workflow started, or continued as new. */
let runs = 0;

async function addUser(
  name: string,
  extra: { sealedPassword?: string; active?: boolean } = {},
): Promise<string> {
  const email = `canary-address-${name}@example.com`;
  canaries.push(email);
  const id = await world.database.addUser({
    email,
    firstName: `Canaryfirst${name}`,
    lastName: 'Canarylast',
    ...extra,
  });
  users.push(id);
  return id;
}

async function provision(id: string): ReturnType<World['provision']> {
  runs += 1;
  return world.provision(id);
}

/** Plays every branch that a provisioning has, with a canary wherever a secret or an address comes in. */
async function playEveryBranch(): Promise<void> {
  const { control } = world.standIn;
  const keyRing = createKeyRing(new Secret(world.keys.encryption));
  const minted = await addUser('minted');
  await (await provision(minted)).result();
  const fromDjango = await addUser('django', {
    sealedPassword: keyRing.seal(new Secret('canary-password-of-django')),
  });
  canaries.push('canary-password-of-django');
  await (await provision(fromDjango)).result();
  await (await provision(fromDjango)).result();
  await (await provision(await addUser('inactive', { active: false }))).result();
  await control.changeAccount('canary-address-django@example.com', {
    password: 'canary-password-of-the-user',
  });
  canaries.push('canary-password-of-the-user');
  await world.database.owner.query('UPDATE users_user SET librechat_synced_at = NULL WHERE id = $1', [
    fromDjango,
  ]);
  await (await provision(fromDjango)).result();
  const broken = await addUser('broken', { sealedPassword: 'canary-garbage-in-the-column' });
  canaries.push('canary-garbage-in-the-column');
  const blocked = [broken, await addUser('taken'), await addUser('refused')];
  await world.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [
    blocked[2],
    'canary-no-address',
  ]);
  canaries.push('canary-no-address');
  await control.changeAccount('canary-address-taken@example.com', {
    create: true,
    password: 'canary-of-somebody-else',
  });
  await control.fault({ route: 'login', action: 'html', address: 'canary-address-taken@example.com' });
  for (const id of blocked) {
    const handle = await provision(id);
    await eventually(`user ${id} is blocked`, async () => {
      const { typedSearchAttributes } = await handle.describe();
      return typedSearchAttributes.getAll().length >= 3;
    });
  }
}

/** The secrets that were made on the way: they are canaries too. */
async function collectSecrets(): Promise<void> {
  const store = createSessionStore({
    url: new Secret(redisUrl()),
    sessionKeys: parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(world.keys.session)),
    refreshKeys: parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(world.keys.refresh)),
  });
  for (const id of users) {
    const row = await world.database.user(id);
    if (row.librechat_password_encrypted !== null) canaries.push(row.librechat_password_encrypted);
    if (row.librechat_user_id === null) continue;
    canaries.push(await passwordInRow(world, id));
    const user = parseDjangoUserId(id);
    const raw = await store.records.read(user);
    if (raw === null) throw new Error(`User ${id} has no session record`);
    const record = readRecord(raw);
    canaries.push(
      openAccessToken(record, user, parseKeyRing('K', new Secret(world.keys.session))).reveal(),
      openRefreshToken(record, user, parseKeyRing('K', new Secret(world.keys.refresh))).reveal(),
    );
  }
  canaries.push(...Object.values(world.keys));
  await store.disconnect();
}

async function everythingInTemporal(): Promise<string[]> {
  const histories = await Promise.all(
    users.map((id) => readHistories(world.client, accountWorkflowId(parseDjangoUserId(id)))),
  );
  expect(histories.flat().length).toBe(runs);
  return histories.flat().flatMap(({ raw, payloads }) => [raw, ...payloads]);
}

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  await playEveryBranch();
  await collectSecrets();
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

describe('what Temporal keeps of a provisioning', () => {
  test('holds no address, name, password, token, key or ciphertext, in plain, base64 or hex', async () => {
    const texts = await everythingInTemporal();
    expect(texts.length).toBeGreaterThan(users.length * 2);
    expect(canariesFound(canaries, texts)).toEqual([]);
    expect(canariesFound(['Canaryfirst', 'Canarylast', 'reset-password?token', 'eyJhbGciOi'], texts)).toEqual(
      [],
    );
  });

  test('names neither the host nor a file of the worker', async () => {
    const texts = await everythingInTemporal();
    expect(
      canariesFound([`@${hostname()}`, `"${hostname()}"`, process.cwd(), 'node_modules', 'bundle'], texts),
    ).toEqual([]);
  });

  test.each(['plain', 'base64', 'hex'] as const)(
    'is searched so that a planted canary is found in %s',
    async (form) => {
      const canary = `planted-canary-${form}@example.com`;
      const planted = form === 'plain' ? canary : Buffer.from(canary).toString(form);
      const handle = await world.client.workflow.start('provisionAccount', {
        workflowId: `planted/${form}/${users[0] ?? ''}`,
        taskQueue: `nobody-polls-${world.taskQueue}`,
        args: [{ djangoUserId: planted }],
      });
      const histories = await readHistories(world.client, handle.workflowId);
      await handle.terminate('planted');
      expect(
        canariesFound(
          [canary],
          histories.flatMap(({ raw, payloads }) => [raw, ...payloads]),
        ),
      ).toEqual([canary]);
      expect(
        canariesFound(
          [canary],
          histories.map(({ raw }) => raw.slice(0, 10)),
        ),
      ).toEqual([]);
    },
  );
});

describe('what the worker logs of a provisioning', () => {
  test('holds none of the secrets and addresses either', () => {
    expect(worker.log.length).toBeGreaterThan(5);
    expect(canariesFound([...canaries, 'Canaryfirst'], worker.log)).toEqual([]);
  });
});
