import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createCredentialColumn } from '../../activities/adapters/credential-column.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { createUserTable } from '../../activities/adapters/user-table.ts';
import { sealedDigest } from '../../activities/credential-rules.ts';
import { rewrapColumn, surveyColumn } from '../../activities/rewrap/rewrap.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { newKey } from '../../tools/world.ts';
import { askPython, preparePython } from '../setup/fernet-peer.ts';
import { postgresUrl } from '../setup/parts.ts';

const ROWS = 2_000;
const MINTED_AT = 1_700_000_000;
const [oldKey, currentKey] = [newKey(), newKey()];
const oldRing = createKeyRing(new Secret(oldKey), { now: () => MINTED_AT * 1_000 });
const ring = createKeyRing(new Secret(`${currentKey},${oldKey}`));
const passwordOf = (index: number): string => `password of ${index}`;

let database: UserDatabase;
let column: ReturnType<typeof createCredentialColumn>;

beforeAll(async () => {
  database = await createUserDatabase(postgresUrl());
  column = createCredentialColumn({
    connectionString: new Secret(database.workerUrl),
    table: 'users_user',
  });
  await preparePython();
}, 300_000);
afterAll(async () => {
  await column.close();
  await database[Symbol.asyncDispose]();
});

/** Every row of another age, every third in doubt. */
beforeEach(async () => {
  await database.owner.query('TRUNCATE users_user RESTART IDENTITY');
  const tokens = Array.from({ length: ROWS }, (_, index) =>
    createKeyRing(new Secret(oldKey), { now: () => (MINTED_AT + index) * 1_000 }).seal(
      new Secret(passwordOf(index + 1)),
    ),
  );
  await database.owner.query(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
       date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
     SELECT '!', false, 'user' || n, '', '', '', false, n % 7 > 0, now(), md5(n::text),
       CASE n % 3 WHEN 0 THEN NULL ELSE timestamptz '2026-01-02 03:04:05Z' END, token
     FROM unnest($1::text[]) WITH ORDINALITY AS tokens (token, n) ORDER BY n`,
    [tokens],
  );
});

interface Stored {
  readonly id: string;
  readonly sealed: string;
  readonly synced: Date | null;
}
async function stored(): Promise<readonly Stored[]> {
  const { rows } = await database.owner.query<Stored>(
    `SELECT id::text AS id, librechat_password_encrypted AS sealed, librechat_synced_at AS synced
     FROM users_user ORDER BY users_user.id`,
  );
  return rows;
}

test('all rows are under the first key, with their passwords, ages and agreement; Python opens them', async () => {
  const before = await stored();
  const progress: (string | null)[] = [];
  const result = await rewrapColumn(column, ring, { onPage: ({ cursor }) => progress.push(cursor) });
  expect(result).toMatchObject({ rewrapped: ROWS, current: 0, noToken: 0, unknownKey: 0, contested: 0 });
  expect(progress.slice(0, 2)).toEqual(['500', '1000']);
  const after = await stored();
  expect(after.map(({ synced }) => synced)).toEqual(before.map(({ synced }) => synced));
  const opened = await askPython(after.map(({ sealed }) => ({ do: 'open', keys: currentKey, text: sealed })));
  expect(opened).toEqual(
    after.map(({ id }) => ({ password: passwordOf(Number(id)), at: MINTED_AT + Number(id) - 1 })),
  );
  expect(await surveyColumn(column, ring)).toMatchObject({ rewrapped: 0, current: ROWS });
});

test('a run that was stopped leaves rows that open, and the next one does the rest', async () => {
  const stop = new AbortController();
  const first = await rewrapColumn(column, ring, {
    stop: stop.signal,
    onPage: ({ cursor }) => {
      if (cursor === '1000') stop.abort();
    },
  });
  expect(first).toMatchObject({ rewrapped: 1_000, cursor: '1000' });
  for (const { id, sealed } of await stored())
    expect(ring.open(sealed).password.reveal()).toBe(passwordOf(Number(id)));
  const byCursor = await rewrapColumn(column, ring, { after: parseDjangoUserId('1000') });
  expect(byCursor).toMatchObject({ rewrapped: ROWS - 1_000, current: 0 });
  expect(await rewrapColumn(column, ring)).toMatchObject({ rewrapped: 0, current: ROWS });
});

test('rotations that go on beside it win, and what they wrote is under the first key in the end', async () => {
  const table = createUserTable({ connectionString: new Secret(database.workerUrl), table: 'users_user' });
  const rotated = new Map<string, string>();
  const enough = new AbortController();
  /** A worker that does not have the new key yet, and rotates one user after another as fast as it can. */
  const rotate = async (): Promise<void> => {
    for (let turn = 0; !enough.signal.aborted; turn++) {
      const id = String(1 + ((turn * 7) % ROWS));
      const user = parseDjangoUserId(id);
      const row = await table.read(user);
      if (row === null || row.sealedPassword === null || !row.active) continue;
      const sealed = oldRing.seal(new Secret(`rotated ${turn}`), { afterSeconds: MINTED_AT + 10_000 + turn });
      const digest = sealedDigest(row.sealedPassword);
      if ((await table.replacePassword(user, digest, sealed)) !== null) rotated.set(id, `rotated ${turn}`);
    }
  };
  const rotating = rotate();
  const first = await rewrapColumn(column, ring);
  enough.abort();
  await rotating;
  await table.close();
  expect(first.contested).toBe(0);
  expect(rotated.size).toBeGreaterThan(50);
  await rewrapColumn(column, ring);
  const current = createKeyRing(new Secret(currentKey));
  for (const { id, sealed } of await stored())
    expect(current.open(sealed).password.reveal()).toBe(rotated.get(id) ?? passwordOf(Number(id)));
});

test('of two runs at once each row is done by one', async () => {
  const [one, other] = await Promise.all([rewrapColumn(column, ring), rewrapColumn(column, ring)]);
  expect(one.rewrapped + other.rewrapped).toBe(ROWS);
  expect(one.current + other.current).toBe(ROWS);
});

test('what does not open is counted by kind, named, and left as it is', async () => {
  const lost = createKeyRing(new Secret(newKey())).seal(new Secret('correct horse battery'));
  for (const [id, value] of [
    ['5', 'garbage'],
    ['9', lost],
    ['1400', ''],
  ])
    await database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
      id,
      value,
    ]);
  const counts = { rewrapped: ROWS - 3, noToken: 1, unknownKey: 1, unreadable: ['5', '9'] };
  expect(await surveyColumn(column, ring)).toMatchObject(counts);
  expect(await rewrapColumn(column, ring)).toMatchObject(counts);
  expect((await database.user('5')).librechat_password_encrypted).toBe('garbage');
  expect((await database.user('9')).librechat_password_encrypted).toBe(lost);
});

describe('the column', () => {
  test('is read in the order of numbers, not of texts', async () => {
    const page = await column.page(parseDjangoUserId('98'), 3);
    expect(page.map(({ djangoUserId }) => djangoUserId)).toEqual(['99', '100', '101']);
  });

  test('without PostgreSQL it says so', async () => {
    const away = createCredentialColumn({
      connectionString: new Secret('postgres://nobody@127.0.0.1:1/none'),
      table: 'users_user',
    });
    await expect(away.page(null, 1)).rejects.toMatchObject({ code: 'DatabaseUnavailable' });
    await away.close();
  });
});
