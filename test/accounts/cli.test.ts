import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWorker, type WorkerEnvironment, type WorkerProcess } from '../../tools/processes/worker.ts';
import { ADMIN, type World } from '../../tools/world.ts';
import { runCli, type CliResult } from '../setup/cli.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { addProvisioned, addUser, changeRow, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;
let folder: string;
let audit: string;
/** Everything that any command has printed or recorded, to be searched for secrets. */
const printed: string[] = [];

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  folder = await mkdtemp(join(tmpdir(), 'hestami-accounts-'));
  audit = join(folder, 'audit.jsonl');
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function cli(args: readonly string[], environment: WorkerEnvironment): Promise<CliResult> {
  const result = await runCli(args, { AUDIT_FILE: audit, ...environment });
  printed.push(result.out, result.notes);
  return result;
}
const temporalOnly = (): WorkerEnvironment => ({
  TEMPORAL_ADDRESS: world.environment['TEMPORAL_ADDRESS'],
  LIBRECHAT_TASK_QUEUE: world.taskQueue,
});
const databaseOnly = (): WorkerEnvironment => ({ DATABASE_URL: world.database.ownerUrl });
const rowOf = ({ id }: UserInWorld) => world.database.user(id);

/** The recorded actions that concern a user, as `action result`. */
async function recorded(user: string): Promise<string[]> {
  const text = await readFile(audit, 'utf8');
  printed.push(text);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>);
  return lines.flatMap(({ djangoUserId, action, result, why }) =>
    djangoUserId === user ? [`${action} ${result}: ${why}`] : [],
  );
}

describe('suspend and delete-account', () => {
  test('refuse an active user, and do what they say with an inactive one; both are recorded', async () => {
    const user = await addProvisioned(world, 'leaves');
    const early = await cli(['suspend', user.id, '--why', 'ticket 1'], temporalOnly());
    expect(early.code).toBe(1);
    expect(early.out).toMatch(
      new RegExp(`^User ${user.id}: UserActive: .*Deactivate the user in Django first`),
    );
    await changeRow(world, user, { is_active: false });
    expect(await cli(['suspend', user.id, '--why', 'ticket 2'], temporalOnly())).toEqual({
      code: 0,
      notes: '',
      out: `User ${user.id}: suspended. LibreChat has a password that nobody knows, and the row has none.\n`,
    });
    expect(await rowOf(user)).toMatchObject({ librechat_password_encrypted: '' });
    expect(await cli(['delete-account', user.id, '--why', 'ticket 3'], temporalOnly())).toEqual({
      code: 0,
      notes: '',
      out: `User ${user.id}: deleted. LibreChat has no account, and the row no credential.\n`,
    });
    expect(await user.account()).toMatchObject({ exists: false });
    expect(await recorded(user.id)).toEqual([
      'suspend begun: ticket 1',
      'suspend active: ticket 1',
      'suspend begun: ticket 2',
      'suspend suspended: ticket 2',
      'delete-account begun: ticket 3',
      'delete-account deleted: ticket 3',
    ]);
  });

  test('only start it with --wait 0', async () => {
    const user = await addProvisioned(world, 'leaves-slowly');
    await changeRow(world, user, { is_active: false });
    const gate = await user.hold('deleteUser');
    const started = await cli(['delete-account', user.id, '--why', 'x', '--wait', '0'], temporalOnly());
    expect(started).toMatchObject({ code: 0, out: `User ${user.id}: started.\n` });
    await gate.held();
    await gate.release();
    expect(await user.handle.result()).toEqual({ outcome: 'deleted' });
  });

  test('say what was done instead where LibreChat does not let it be deleted', async () => {
    const user = await addProvisioned(world, 'must-stay');
    await changeRow(world, user, { is_active: false });
    await world.standIn.control.settings({ allowAccountDeletion: false });
    const result = await cli(['delete-account', user.id, '--why', 'x'], temporalOnly());
    await world.standIn.control.settings({ allowAccountDeletion: true });
    expect(result.code).toBe(1);
    expect(result.out).toContain('not deleted, but shut out. DeletionForbidden: ');
    expect(await rowOf(user)).toMatchObject({ librechat_password_encrypted: '' });
  });
});

describe('adopt --from', () => {
  /** A row and an account under its address that nobody has linked. */
  async function addPair(name: string): Promise<{ user: UserInWorld; accountId: string }> {
    const user = await addUser(world, name);
    const account = await world.standIn.control.changeAccount(user.address, {
      create: true,
      password: 'known-to-the-user',
    });
    return { user, accountId: account.id ?? '' };
  }
  async function fileOf(lines: readonly string[]): Promise<string> {
    const file = join(folder, `links-${lines.length}-${Date.now()}.csv`);
    await writeFile(file, `${lines.join('\n')}\n`);
    return file;
  }

  test('writes nothing where one line is bad, and nothing in a dry run', async () => {
    const { user, accountId } = await addPair('in-a-bad-file');
    const bad = await fileOf([`${user.id},${accountId}`, '007,x', `${user.id},${'a'.repeat(24)}`]);
    const refused = await cli(['adopt', '--from', bad, '--why', 'import'], databaseOnly());
    expect(refused.code).toBe(1);
    expect(refused.notes).toMatch(/^Line 2: the user id .*\nLine 3: it names a user of line 1 again/);
    expect(refused.notes).toContain('2 lines cannot be used. Nothing was changed.');
    const good = await fileOf(['django_user_id,account_id', `${user.id},${accountId}`]);
    expect(await cli(['adopt', '--from', good, '--dry-run'], databaseOnly())).toEqual({
      code: 0,
      notes: '',
      out: 'To be linked: 1. Unchanged: 0. Conflicts: 0. Without a row: 0.\n',
    });
    expect(await rowOf(user)).toMatchObject({ librechat_user_id: null });
  });

  test('links rows, names conflicts, may be run again, and leaves provisioning to the sweep', async () => {
    const [one, other] = [await addPair('one-of-many'), await addPair('other-of-many')];
    const owner = await addProvisioned(world, 'has-an-account');
    const { librechat_user_id: owned } = await rowOf(owner);
    const rival = await addUser(world, 'wants-that-account');
    const file = await fileOf([
      `${one.user.id},${one.accountId}`,
      `${other.user.id},${other.accountId}`,
      `${rival.id},${owned}`,
      `999999999999999999,${'b'.repeat(24)}`,
    ]);
    const first = await cli(['adopt', '--from', file, '--why', 'take-over'], databaseOnly());
    expect(first.code).toBe(1);
    expect(first.notes.trim().split('\n')).toEqual([
      `User ${rival.id}: account ${owned} belongs to user ${owner.id}.`,
      'User 999999999999999999: there is no such row.',
    ]);
    expect(first.out).toContain('Linked: 2. Unchanged: 0. Conflicts: 1. Without a row: 1.\n');
    expect(first.out).toContain('the sweep provisions those who are active');
    const again = await cli(['adopt', '--from', file, '--why', 'once more'], databaseOnly());
    expect(again.out).toBe('Linked: 0. Unchanged: 2. Conflicts: 1. Without a row: 1.\n');
    expect(await recorded(one.user.id)).toEqual(['adopt linked: take-over', 'adopt unchanged: once more']);
    expect(await rowOf(one.user)).toMatchObject({
      librechat_user_id: one.accountId,
      librechat_synced_at: null,
    });
    // As the sweep does.
    expect(await (await world.provision(one.user.id)).result()).toEqual({ outcome: 'provisioned' });
    expect(await loginWithRow(world, one.user.id)).toBe('own account');
    expect(await one.user.login('known-to-the-user')).toBe('Incorrect password.');
  });

  test('takes thousands of rows in a few seconds', async () => {
    const { rows } = await world.database.owner.query<{ id: string }>(
      `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active, date_joined)
       SELECT '!', false, 'bulk' || n, '', '', 'bulk' || n || '@example.com', false, true, now()
       FROM generate_series(1, 5000) AS n RETURNING id::text`,
      [],
    );
    const lines = rows.map(({ id }, index) => `${id},${index.toString(16).padStart(24, '0')}`);
    const result = await cli(['adopt', '--from', await fileOf(lines), '--why', 'bulk'], databaseOnly());
    expect(result.out).toContain('Linked: 5000. Unchanged: 0. Conflicts: 0. Without a row: 0.');
    await world.database.override(`DELETE FROM users_user WHERE username LIKE 'bulk%'`, []);
  });
});

describe('orphans', () => {
  const admin = (): WorkerEnvironment => ({
    ...databaseOnly(),
    LIBRECHAT_API_URL: world.standIn.url,
    LIBRECHAT_ADMIN_EMAIL: ADMIN.email,
    LIBRECHAT_ADMIN_PASSWORD: ADMIN.password,
  });

  test('are listed by id and age, without those whom a row owns and without the administrator', async () => {
    const owner = await addProvisioned(world, 'owns-one');
    const { librechat_user_id: owned } = await rowOf(owner);
    const { id: orphan } = await world.standIn.control.changeAccount('nobody@example.com', {
      create: true,
      password: 'of-nobody-known',
    });
    const { id: adminId } = await world.standIn.control.account(ADMIN.email);
    const { code, out, notes } = await cli(['orphans'], admin());
    expect({ code, notes }).toEqual({ code: 0, notes: '' });
    expect(out).toMatch(new RegExp(`^${orphan}  \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z  new$`, 'm'));
    expect(out).not.toContain(owned);
    expect(out).not.toContain(adminId);
    expect(out).toMatch(/^Accounts: \d+\. Without a row: \d+, of these new: \d+\.$/m);
  });

  test('are not listed without an administrator, which is told with 78', async () => {
    const { LIBRECHAT_ADMIN_PASSWORD: _, ...nobody } = admin();
    const missing = await cli(['orphans'], nobody);
    expect(missing.code).toBe(78);
    expect(missing.notes).toContain('only an administrator may list accounts');
    const wrong = await cli(['orphans'], { ...admin(), LIBRECHAT_ADMIN_PASSWORD: 'another-password' });
    expect(wrong.code).toBe(78);
    expect(wrong.notes).toContain('LibreChat does not accept LIBRECHAT_ADMIN_EMAIL');
  });
});

test('a user whose address changed is told by AccountMissing, and comes back when LibreChat knows the address', async () => {
  const user = await addProvisioned(world, 'moves');
  await changeRow(world, user, { email: 'moved@example.com' });
  const result = await cli(['rotate', user.id, '--why', 'ticket 4', '--reason', 'repair'], temporalOnly());
  expect(result.code).toBe(1);
  expect(result.out).toMatch(/AccountMissing: .*Change it in LibreChat’s database too/);
  await changeRow(world, user, { email: user.address });
  expect(
    (await cli(['rotate', user.id, '--why', 'ticket 4', '--reason', 'repair'], temporalOnly())).code,
  ).toBe(0);
  expect(await loginWithRow(world, user.id)).toBe('own account');
});

test('nothing that was printed or recorded holds a password, a token, a key or an address', () => {
  const text = printed.join('\n');
  expect(text.length).toBeGreaterThan(2_000);
  for (const secret of [...Object.values(world.keys), ADMIN.password]) expect(text).not.toContain(secret);
  expect(text).not.toMatch(/gAAAAA|@example\.com|postgres:\/\/\w|127\.0\.0\.1|known-to-the-user|eyJhbGciOi/);
});
