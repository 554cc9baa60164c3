import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import type { RotateVerdict } from '../../contract/messages.ts';
import { Secret } from '../../contract/secret.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { testWorld } from '../setup/worlds.ts';
import { layBadNetwork, type BadNetwork } from './bad-network.ts';
import { within } from './side-by-side.ts';
import { rotate, type Subject } from './slot.ts';

const SCHEDULES = 200;
/** So many of them meet a silence, which costs the worker a time-out of 8 or 10 s. */
const SILENT = 10;
const LONGEST_MS = 120_000;

const seed = Number(process.env['HESTAMI_TEST_SEED'] ?? randomInt(2 ** 31));
let world: World;
let network: BadNetwork;
let worker: WorkerProcess;
const users: (Subject & { readonly accountId: string })[] = [];
let verdicts: readonly RotateVerdict[] = [];
/** Of each user, when the network is well again: by which password LibreChat opens, and whether the row knows. */
let ends: readonly { readonly login: string; readonly inDoubt: boolean; readonly passwords: number }[] = [];

beforeAll(async () => {
  world = await testWorld();
  network = await layBadNetwork(world.standIn.url, seed, userOf, (user) => user < SILENT);
  worker = await startWorker({ ...world.environment, LIBRECHAT_API_URL: network.url });
  // LibreChat's limits are learned from its answers. With its defaults, two that are lost are a wait of two minutes.
  network.bad = false;
  await (await rotate(world, await addUser(SCHEDULES))).result();
  network.bad = true;
  for (let user = 0; user < SCHEDULES; user++) users.push(await addUser(user));
  const rotations = await Promise.all(users.map((user) => rotate(world, user)));
  verdicts = await within(
    LONGEST_MS,
    'all rotations have ended',
    Promise.all(rotations.map((rotation) => rotation.result())),
  );
  network.bad = false;
  ends = await Promise.all(users.map(endOf));
}, 2 * LONGEST_MS);

afterAll(async () => {
  console.log(`The seed of the bad network: ${seed}`);
  await worker.process.stop();
  await network[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

/** A user as a provisioning leaves it, at a fraction of its cost. */
async function addUser(number: number): Promise<Subject & { readonly accountId: string }> {
  const address = `network-${number}-@example.com`;
  const password = new Secret(`password-of-user-${number}-at-first`);
  const account = { create: true, password: password.reveal() };
  const { id: accountId = '' } = await world.standIn.control.changeAccount(address, account);
  const sealedPassword = createKeyRing(new Secret(world.keys.encryption)).seal(password);
  const id = await world.database.addUser({
    email: address,
    accountId,
    sealedPassword,
    syncedAt: new Date(),
  });
  return { id, address, accountId };
}

function userOf(request: string): number | undefined {
  const number = /network-(\d+)-@example/.exec(request)?.[1];
  if (number !== undefined) return Number(number);
  const index = users.findIndex(({ accountId }) => request.includes(accountId));
  return index < 0 ? undefined : index;
}

async function endOf({ id, address }: Subject): Promise<(typeof ends)[number]> {
  const row = await world.database.user(id);
  const { distinctPasswords } = await world.standIn.control.account(address);
  return {
    login: await loginWithRow(world, id),
    inDoubt: row.librechat_synced_at === null,
    passwords: distinctPasswords,
  };
}

describe(`${SCHEDULES} rotations over a network that drops, delays and cuts calls`, () => {
  test('every way in which a call can suffer was met', () => {
    console.log(Object.fromEntries(network.fates));
    expect(network.fates.size).toBe(8);
  });

  test('the row opens LibreChat, for every one', () => {
    expect(ends.filter(({ login }) => login !== 'own account')).toEqual([]);
    expect(ends).toHaveLength(SCHEDULES);
  });

  test('LibreChat has had no more passwords than the first and one for the rotation', () => {
    expect(ends.filter(({ passwords }) => passwords > 2)).toEqual([]);
  });

  test('only a rotation that could not be verified leaves a row in doubt, and a repair ends that', async () => {
    const outcomes = new Set(verdicts.map(({ outcome }) => outcome));
    expect([...outcomes].filter((outcome) => outcome !== 'rotated' && outcome !== 'unverified')).toEqual([]);
    const doubtful = users.filter((_, index) => ends[index]?.inDoubt === true);
    const unverified = users.filter((_, index) => verdicts[index]?.outcome === 'unverified');
    console.log(`Not verified: ${unverified.length} of ${SCHEDULES}`);
    expect(doubtful).toEqual(unverified);
    const repairs = await Promise.all(doubtful.map((user) => rotate(world, user, 'repair')));
    for (const repair of repairs) expect((await repair.result()).outcome).toBe('intact');
    const after = await Promise.all(doubtful.map(endOf));
    expect(after.filter(({ login, inDoubt }) => login !== 'own account' || inDoubt)).toEqual([]);
  });
});
