import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  openAccessToken,
  openRefreshToken,
  parseKeyRing,
  readRecord,
  recordKeys,
} from '../../client/session-record/index.ts';
import { accountWorkflowId, sessionWorkflowId, signOutWorkflowId } from '../../contract/ids.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { newKey, type World } from '../../tools/world.ts';
import { passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { canariesFound, readHistories } from '../setup/histories.ts';
import { addProvisioned, type UserInWorld } from '../setup/user-in-world.ts';
import { endAtLibreChat, openGround, type Bff, type Ground, type Vault } from './setup.ts';

let ground: Ground;
let world: World;
let bff: Bff;
let vault: Vault;
let ada: UserInWorld;
const canaries: string[] = [];
/** All that Redis holds of a user, as a dump has it. */
let dump: string[];

async function collectSecrets(): Promise<void> {
  const { accessToken, refreshToken } = await vault.session(ada.key);
  canaries.push(accessToken.reveal(), refreshToken.reveal(), await passwordInRow(world, ada.id));
}

/** Renewed, opened by a login, repaired, signed out, opened again: and a failure that leaves a note. */
async function playEveryCourse(): Promise<void> {
  await collectSecrets();
  await vault.age(ada.key, -1);
  await bff.chat.session(ada.id, { waitMs: 20_000 });
  await collectSecrets();
  await bff.chat.signOut(ada.id, { waitMs: 20_000 });
  await bff.chat.session(ada.id, { waitMs: 20_000 });
  await collectSecrets();
  await world.standIn.control.changeAccount(ada.address, { password: 'canary-set-in-librechat' });
  canaries.push('canary-set-in-librechat');
  await endAtLibreChat(world, await vault.session(ada.key));
  await vault.age(ada.key, -1);
  await bff.chat.session(ada.id, { waitMs: 20_000 });
  await collectSecrets();
  for (const route of ['login', 'refresh'])
    await world.standIn.control.fault({ route, action: 'html', times: null, address: ada.address });
  await eventually('the failure leaves its note', async () => {
    // The run of the repair may still be open, and renew it.
    await vault.age(ada.key, -1);
    await bff.chat.session(ada.id, { waitMs: 20_000 }).catch(() => undefined);
    return (await vault.redis.get(recordKeys(ada.key).failure)) !== null;
  });
  await world.standIn.control.clearFaults();
}

async function dumpOf({ key }: UserInWorld): Promise<string[]> {
  const { session, epoch, closing, failure } = recordKeys(key);
  const values = await Promise.all([session, epoch, failure].map((name) => vault.redis.get(name)));
  return [...values.filter((value) => value !== null), ...(await vault.redis.lRange(closing, 0, -1))];
}

beforeAll(async () => {
  ground = await openGround();
  ({ world, bff, vault } = ground);
  ada = await addProvisioned(world, 'canary-ada');
  canaries.push(ada.address, ...Object.values(world.keys));
  await playEveryCourse();
  dump = await dumpOf(ada);
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

describe('no secret and no address', () => {
  test('is in any history of a refresh, a sign-out or the account', async () => {
    const ids = [accountWorkflowId, sessionWorkflowId, signOutWorkflowId].map((idOf) => idOf(ada.key));
    const histories = (await Promise.all(ids.map((id) => readHistories(world.client, id)))).flat();
    expect(histories.length).toBeGreaterThanOrEqual(7);
    expect(histories.flatMap(({ payloads }) => payloads).join('\n')).toContain('"outcome":"renewed"');
    expect(
      canariesFound(
        canaries,
        histories.flatMap(({ raw, payloads }) => [raw, ...payloads]),
      ),
    ).toEqual([]);
  });

  test('is in the log of the worker', () => {
    expect(ground.worker.log.length).toBeGreaterThan(5);
    expect(canariesFound(canaries, ground.worker.log)).toEqual([]);
  });

  test('is in what Redis holds', () => {
    expect(dump.length).toBeGreaterThanOrEqual(3);
    expect(canariesFound(canaries, dump)).toEqual([]);
  });
});

describe('a record that was stolen', () => {
  const ring = (text: string) => parseKeyRing('a stolen key', new Secret(text));
  const stolen = () => {
    const raw = dump.find((value) => value.startsWith('{"version"'));
    if (raw === undefined) throw new Error('the dump has no record');
    return readRecord(raw);
  };
  const codeOf = (open: () => unknown): unknown => {
    try {
      return open();
    } catch (error) {
      return error instanceof BridgeError ? error.code : error;
    }
  };

  test('opens nothing without a key', () => {
    const record = stolen();
    expect(codeOf(() => openAccessToken(record, ada.key, ring(newKey())))).toBe('RecordUnreadable');
    expect(codeOf(() => openRefreshToken(record, ada.key, ring(newKey())))).toBe('RecordUnreadable');
  });

  test('opens no refresh token with the BFF’s key, and not with its name on it either', () => {
    const record = stolen();
    const sessionKeys = ring(world.keys.session);
    expect(openAccessToken(record, ada.key, sessionKeys).reveal()).toMatch(/^eyJ/);
    expect(codeOf(() => openRefreshToken(record, ada.key, sessionKeys))).toBe('RecordUnreadable');
    const renamed = { ...record, refreshKeyId: sessionKeys.sealingKeyId };
    expect(codeOf(() => openRefreshToken(renamed, ada.key, sessionKeys))).toBe('RecordUnreadable');
  });

  test('and moved to the key of another user does not open there, for BFF or worker', async () => {
    const eve = await addProvisioned(world, 'eve');
    const raw = dump.find((value) => value.startsWith('{"version"')) ?? '';
    await vault.redis.set(recordKeys(eve.key).session, raw);
    const session = await bff.chat.session(eve.id, { waitMs: 20_000 });
    expect(session.accountId).toBe((await eve.account()).id);
    expect(session.accountId).not.toBe((await ada.account()).id);
  });
});
