import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { Secret } from '../../contract/secret.ts';
import {
  createUserDatabase,
  type NewUser,
  type StoredUser,
  type UserDatabase,
} from '../../tools/database/user-database.ts';
import { newKey } from '../../tools/world.ts';
import { askPython, preparePython } from '../setup/fernet-peer.ts';
import { postgresUrl } from '../setup/parts.ts';

type Columns = Pick<StoredUser, 'librechat_user_id' | 'librechat_synced_at' | 'librechat_password_encrypted'>;

const NOW_SECONDS = Math.floor(Date.now() / 1_000);
const DAY_SECONDS = 86_400;
const SYNCED = new Date('2026-01-02T03:04:05Z');
const ACCOUNT = '65f0a1b2c3d4e5f6a7b8c9d0';
const OTHER_ACCOUNT = '65f0a1b2c3d4e5f6a7b8c9d1';
const keys = newKey();
const sealAt = (seconds: number, password = 'correct horse battery'): string =>
  createKeyRing(new Secret(keys), { now: () => seconds * 1_000 }).seal(new Secret(password));

const OLD = sealAt(NOW_SECONDS - 100);
const CURRENT = sealAt(NOW_SECONDS - 50);
const NEWER = sealAt(NOW_SECONDS - 10);
const FAR_FUTURE = sealAt(NOW_SECONDS + 2 * DAY_SECONDS);

let database: UserDatabase;
let accounts = 0;
beforeAll(async () => {
  database = await createUserDatabase(postgresUrl());
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

async function row(columns: Partial<Columns> = {}): Promise<string> {
  const user: NewUser = {
    email: 'ada@example.com',
    accountId: columns.librechat_user_id === undefined ? unique(ACCOUNT) : columns.librechat_user_id,
    syncedAt: columns.librechat_synced_at === undefined ? SYNCED : columns.librechat_synced_at,
    sealedPassword:
      columns.librechat_password_encrypted === undefined ? CURRENT : columns.librechat_password_encrypted,
  };
  return database.addUser(user);
}

/** One account belongs to one row: every row gets its own. */
const unique = (account: string): string => `${account.slice(0, 16)}${String(++accounts).padStart(8, '0')}`;

const columnsOf = async (id: string): Promise<Columns> => {
  const { librechat_user_id, librechat_synced_at, librechat_password_encrypted } = await database.user(id);
  return { librechat_user_id, librechat_synced_at, librechat_password_encrypted };
};

/** Django's `save()`: every column of the user as it was read, and a new first name. */
async function save(id: string, changes: Partial<Columns>): Promise<void> {
  const columns = { ...(await columnsOf(id)), ...changes };
  await database.owner.query(
    `UPDATE users_user SET first_name = 'Saved', email = email, is_active = is_active, librechat_user_id = $2,
       librechat_synced_at = $3, librechat_password_encrypted = $4 WHERE id = $1`,
    [id, columns.librechat_user_id, columns.librechat_synced_at, columns.librechat_password_encrypted],
  );
}

/** What a save with the given columns leaves in a row with the given ones. */
async function afterSave(
  stored: Partial<Columns>,
  changes: Partial<Columns>,
): Promise<{ before: Columns; after: Columns }> {
  const id = await row(stored);
  const before = await columnsOf(id);
  await save(id, changes);
  expect((await database.owner.query('SELECT first_name FROM users_user WHERE id = $1', [id])).rows).toEqual([
    { first_name: 'Saved' },
  ]);
  return { before, after: await columnsOf(id) };
}

describe('a save that is stale changes none of the three columns, and the rest of the row', () => {
  const staleSaves: Readonly<Record<string, readonly [Partial<Columns>, Partial<Columns>]>> = {
    'an older token': [{}, { librechat_password_encrypted: OLD }],
    'an older token, and the link and time of then': [
      {},
      {
        librechat_password_encrypted: OLD,
        librechat_synced_at: new Date('2025-01-01Z'),
        librechat_user_id: OTHER_ACCOUNT,
      },
    ],
    'an older token while the row is in doubt': [
      { librechat_synced_at: null },
      { librechat_password_encrypted: OLD, librechat_synced_at: SYNCED },
    ],
    'no token (NULL)': [{}, { librechat_password_encrypted: null }],
    'no token (an empty string)': [{}, { librechat_password_encrypted: '' }],
    'no link (NULL)': [{}, { librechat_user_id: null }],
    'no link (an empty string)': [{}, { librechat_user_id: '' }],
    'no link, with a newer token': [{}, { librechat_user_id: null, librechat_password_encrypted: NEWER }],
    'nothing at all, as before the user was provisioned': [
      {},
      { librechat_user_id: null, librechat_synced_at: null, librechat_password_encrypted: null },
    ],
    'a value that is no token': [{}, { librechat_password_encrypted: 'garbage' }],
    'half a token': [{}, { librechat_password_encrypted: 'gAAAAA' }],
    'a token from more than a day in the future': [{}, { librechat_password_encrypted: FAR_FUTURE }],
    'no token in the place of one from the future': [
      { librechat_password_encrypted: FAR_FUTURE },
      { librechat_password_encrypted: '' },
    ],
  };
  test.each(Object.entries(staleSaves))('%s', async (_name, [stored, changes]) => {
    const { before, after } = await afterSave(stored, changes);
    expect(after).toEqual(before);
  });
});

describe('a save that means it is carried out', () => {
  const inDoubt = { librechat_synced_at: null };
  const wanted: Readonly<Record<string, readonly [Partial<Columns>, Partial<Columns>, Partial<Columns>]>> = {
    'a newer token is what is wanted, and LibreChat does not have it: in doubt': [
      {},
      { librechat_password_encrypted: NEWER },
      { librechat_password_encrypted: NEWER, ...inDoubt },
    ],
    'a newer token with a time of agreement that nobody can know': [
      {},
      { librechat_password_encrypted: NEWER, librechat_synced_at: new Date() },
      { librechat_password_encrypted: NEWER, ...inDoubt },
    ],
    'a token where there was none': [
      { librechat_password_encrypted: null },
      { librechat_password_encrypted: CURRENT },
      { librechat_password_encrypted: CURRENT, ...inDoubt },
    ],
    'a token where there was garbage': [
      { librechat_password_encrypted: 'garbage' },
      { librechat_password_encrypted: OLD },
      { librechat_password_encrypted: OLD, ...inDoubt },
    ],
    'a token from a right clock in the place of one from the future': [
      { librechat_password_encrypted: FAR_FUTURE },
      { librechat_password_encrypted: OLD },
      { librechat_password_encrypted: OLD, ...inDoubt },
    ],
    'garbage is cleared away': [
      { librechat_password_encrypted: 'garbage' },
      { librechat_password_encrypted: null },
      { librechat_password_encrypted: null },
    ],
    'another account: in doubt until it is proven': [
      {},
      { librechat_user_id: OTHER_ACCOUNT },
      { librechat_user_id: OTHER_ACCOUNT, ...inDoubt },
    ],
    'a first account': [
      { librechat_user_id: '', librechat_synced_at: null },
      { librechat_user_id: '65f0a1b2c3d4e5f6a7b8c9d2' },
      { librechat_user_id: '65f0a1b2c3d4e5f6a7b8c9d2', ...inDoubt },
    ],
    'NULL and an empty string are the same': [
      { librechat_user_id: '', librechat_password_encrypted: null },
      { librechat_user_id: null, librechat_password_encrypted: '' },
      { librechat_user_id: null, librechat_password_encrypted: '' },
    ],
    'the row is put in doubt': [{}, inDoubt, inDoubt],
  };
  test.each(Object.entries(wanted))('%s', async (_name, [stored, changes, expected]) => {
    const { before, after } = await afterSave(stored, changes);
    expect(after).toEqual({ ...before, ...expected });
  });

  test('another spelling of the same token (same time) passes, and agreement stays as it was', async () => {
    const rewrapped = sealAt(NOW_SECONDS - 50);
    expect(rewrapped).not.toBe(CURRENT);
    for (const librechat_synced_at of [SYNCED, null]) {
      const { before, after } = await afterSave(
        { librechat_synced_at },
        { librechat_password_encrypted: rewrapped, librechat_synced_at: new Date() },
      );
      expect(after).toEqual({ ...before, librechat_password_encrypted: rewrapped });
    }
  });
});

test('a save from before the mark does not take the doubt away in the middle of a rotation', async () => {
  const { after } = await afterSave({ librechat_synced_at: null }, { librechat_synced_at: SYNCED });
  expect(after.librechat_synced_at).toBeNull();
});

test('nobody but the worker says that both agree', async () => {
  const { after } = await afterSave({}, { librechat_synced_at: new Date() });
  expect(after.librechat_synced_at).toEqual(SYNCED);
});

test('the worker writes what it wants', async () => {
  const worker = new Client({ connectionString: database.workerUrl });
  await worker.connect();
  try {
    const id = await row();
    await worker.query(
      'UPDATE users_user SET librechat_password_encrypted = $2, librechat_synced_at = now() WHERE id = $1',
      [id, OLD],
    );
    expect((await columnsOf(id)).librechat_password_encrypted).toBe(OLD);
    expect((await columnsOf(id)).librechat_synced_at?.getTime()).toBeGreaterThan(SYNCED.getTime());
    await worker.query(
      'UPDATE users_user SET librechat_password_encrypted = NULL, librechat_user_id = NULL WHERE id = $1',
      [id],
    );
    expect(await columnsOf(id)).toMatchObject({
      librechat_user_id: null,
      librechat_password_encrypted: null,
    });
  } finally {
    await worker.end();
  }
});

test('whoever says so may write anything, in that one transaction', async () => {
  const id = await row();
  await database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [id, OLD]);
  expect(await columnsOf(id)).toMatchObject({
    librechat_password_encrypted: OLD,
    librechat_synced_at: SYNCED,
  });
  await save(id, { librechat_password_encrypted: null });
  expect((await columnsOf(id)).librechat_password_encrypted).toBe(OLD);
});

test('saves of many rows at once, upserts and saves of other columns', async () => {
  const ids = [await row(), await row()];
  await database.owner.query('UPDATE users_user SET librechat_password_encrypted = NULL WHERE id = ANY($1)', [
    ids,
  ]);
  await database.owner.query(
    `INSERT INTO users_user SELECT (u).* FROM (SELECT u FROM users_user u WHERE id = $1)
     ON CONFLICT (id) DO UPDATE SET librechat_password_encrypted = '', librechat_user_id = ''`,
    [ids[0]],
  );
  await database.owner.query(`UPDATE users_user SET email = 'new@example.com' WHERE id = ANY($1)`, [ids]);
  for (const id of ids)
    expect(await columnsOf(id)).toMatchObject({
      librechat_password_encrypted: CURRENT,
      librechat_synced_at: SYNCED,
    });
});

test('a kept row is told of by a warning, with its id and nothing else of it', async () => {
  const client = await database.owner.connect();
  const warnings: string[] = [];
  client.on('notice', (notice) => warnings.push(JSON.stringify(notice)));
  try {
    const id = await row();
    await client.query('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [id, OLD]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`a stale save of row ${id} has not undone its credential`);
    for (const secret of [OLD, CURRENT, ACCOUNT.slice(0, 12), 'example.com'])
      expect(warnings[0]).not.toContain(secret);
  } finally {
    client.release();
  }
});

test('functions of the same names in the writer’s search path are not called', async () => {
  const client = await database.owner.connect();
  try {
    await client.query(`CREATE SCHEMA IF NOT EXISTS planted;
      CREATE OR REPLACE FUNCTION planted.translate(text, text, text) RETURNS text LANGUAGE sql AS $$ SELECT 1 / 0::int || '' $$;
      SET search_path = planted, public, pg_catalog`);
    const id = await row();
    await client.query('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [id, OLD]);
    expect((await columnsOf(id)).librechat_password_encrypted).toBe(CURRENT);
  } finally {
    client.release(true);
  }
});

describe('Python’s MultiFernet.rotate', () => {
  beforeAll(() => preparePython(), 300_000);

  test('passes on the token that it read, and not after a rotation in between', async () => {
    const both = `${newKey()},${keys}`;
    const [id, rotated] = [await row(), await row()];
    await database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
      rotated,
      NEWER,
    ]);
    const [rewrapped] = await askPython([{ do: 'rotate', keys: both, text: CURRENT }]);
    for (const each of [id, rotated])
      await database.owner.query('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
        each,
        rewrapped,
      ]);
    expect(await columnsOf(id)).toMatchObject({
      librechat_password_encrypted: rewrapped,
      librechat_synced_at: SYNCED,
    });
    expect((await columnsOf(rotated)).librechat_password_encrypted).toBe(NEWER);
  });
});
