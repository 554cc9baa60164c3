import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { startWorker, type WorkerEnvironment, type WorkerProcess } from '../../tools/processes/worker.ts';
import { newKey, type World } from '../../tools/world.ts';
import { OPERATOR, runCli, startCli, type CliResult } from '../setup/cli.ts';
import { loginWithRow, passwordInRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned, addUser } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let worker: WorkerProcess;
let folder: string;
/** Everything that any command has printed, to be searched for secrets. */
const printed: string[] = [];

beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  folder = await mkdtemp(join(tmpdir(), 'hestami-cli-'));
});
afterAll(async () => {
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function cli(args: readonly string[], environment: WorkerEnvironment): Promise<CliResult> {
  const result = await runCli(args, environment);
  printed.push(result.out, result.notes);
  return result;
}

/** The lines of an audit file. */
const auditOf = async (file: string): Promise<Record<string, unknown>[]> =>
  (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const temporalOnly = (): WorkerEnvironment => ({
  TEMPORAL_ADDRESS: world.environment['TEMPORAL_ADDRESS'],
  LIBRECHAT_TASK_QUEUE: world.taskQueue,
});
/** The operator's own access to the database, not the worker's. */
const operator = (): WorkerEnvironment => ({ ...temporalOnly(), DATABASE_URL: world.database.ownerUrl });

test('the process passes on its arguments, its environment and the exit code', async () => {
  expect(await cli(['--help'], {})).toMatchObject({ code: 0, notes: '' });
  expect(await cli(['rotate', '042'], {})).toMatchObject({ code: 2, out: '' });
  expect(await cli(['rewrap', '--why', 'a test'], {})).toMatchObject({ code: 78, out: '' });
});

describe('rotate', () => {
  test('gives a user a new password, with nothing but access to Temporal', async () => {
    const user = await addProvisioned(world, 'rotate-me');
    const before = await passwordInRow(world, user.id);
    const audit = join(folder, 'rotations.jsonl');
    const result = await cli(['rotate', user.id, '--why', 'ticket 4710'], {
      ...temporalOnly(),
      AUDIT_FILE: audit,
    });
    expect(result).toEqual({
      code: 0,
      notes: '',
      out: `User ${user.id}: rotated. Row and LibreChat have the new password.\n`,
    });
    expect(await passwordInRow(world, user.id)).not.toBe(before);
    expect(await loginWithRow(world, user.id)).toBe('own account');
    const { memo } = await user.handle.describe();
    expect(memo).toMatchObject({ reason: 'manual' });
    const action = { action: 'rotate', djangoUserId: user.id, reason: 'manual', why: 'ticket 4710' };
    expect(await auditOf(audit)).toEqual([
      expect.objectContaining({ ...action, result: 'begun' }),
      expect.objectContaining({ ...action, result: 'rotated' }),
    ]);
  });

  test('for a repair leaves a password alone that works', async () => {
    const user = await addProvisioned(world, 'intact');
    const result = await cli(['rotate', user.id, '--why', 'a test', '--reason', 'repair'], temporalOnly());
    expect(result).toMatchObject({ code: 0 });
    expect(result.out).toContain('intact.');
    expect((await user.account()).distinctPasswords).toBe(1);
  });

  test('says what keeps a user from being rotated, and ends with 1', async () => {
    const missing = await cli(['rotate', '1', '--why', 'a test'], temporalOnly());
    expect(missing.code).toBe(1);
    expect(missing.out).toContain('UserNotFound');
    const newcomer = await addUser(world, 'not-provisioned');
    const early = await cli(['rotate', newcomer.id, '--why', 'a test'], temporalOnly());
    expect(early.code).toBe(1);
    expect(early.out).toContain('failed. NotProvisioned: ');
  });

  test('only starts it with --wait 0, and does not wait longer than asked for', async () => {
    const user = await addProvisioned(world, 'no-wait');
    // Each attempt, for the worker gives a call up after 10 s.
    await world.standIn.control.fault({
      route: 'requestPasswordReset',
      action: 'hold',
      address: user.address,
      times: null,
    });
    const started = await cli(['rotate', user.id, '--why', 'a test', '--wait', '0'], temporalOnly());
    expect(started).toMatchObject({ code: 0, out: `User ${user.id}: started.\n` });
    const waited = await cli(['rotate', user.id, '--why', 'a test', '--wait', '1'], temporalOnly());
    expect(waited.code).toBe(1);
    expect(waited.out).toContain('still under way');
    await world.standIn.control.clearFaults();
    await world.standIn.control.release({ address: user.address });
    expect(await user.handle.result()).toMatchObject({ outcome: 'rotated' });
    expect((await user.account()).distinctPasswords).toBe(2);
  });

  test('gives up an unreadable password only at the operator’s word', async () => {
    const user = await addProvisioned(world, 'unreadable');
    const lost = createKeyRing(new Secret(newKey())).seal(new Secret('correct horse battery'));
    await world.database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
      user.id,
      lost,
    ]);
    const careful = await cli(['rotate', user.id, '--why', 'a test'], temporalOnly());
    expect(careful.code).toBe(1);
    expect(careful.out).toContain('failed. KeyMissing: ');
    expect((await world.database.user(user.id)).librechat_password_encrypted).toBe(lost);
    const told = await cli(['rotate', user.id, '--why', 'a test', '--overwrite-unreadable'], temporalOnly());
    expect(told).toMatchObject({ code: 0 });
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });
});

describe('adopt', () => {
  /** A row whose address has an account that nobody linked: made by hand, or by an earlier system. */
  async function addOrphan(name: string) {
    const user = await addUser(world, name);
    const account = await world.standIn.control.changeAccount(user.address, {
      create: true,
      password: 'known-to-the-user',
    });
    return { user, accountId: account.id ?? '' };
  }
  test('links a blocked user to the account of the address, who is then provisioned; and records it', async () => {
    const { user, accountId } = await addOrphan('orphan');
    const handle = await world.provision(user.id);
    await eventually('it is blocked', async () => {
      const { typedSearchAttributes } = await handle.describe();
      return typedSearchAttributes.getAll().some(({ value }) => value === 'AccountConflict');
    });
    const audit = join(folder, 'audit.jsonl');
    const result = await cli(
      ['adopt', user.id, accountId, '--why', 'ticket 4711', '--audit-file', audit],
      operator(),
    );
    expect(result.notes).toBe('');
    expect(result.out).toContain(`User ${user.id}: provisioned.`);
    expect(result.code).toBe(0);
    expect(await loginWithRow(world, user.id)).toBe('own account');
    expect(await world.database.user(user.id)).toMatchObject({ librechat_user_id: accountId });
    expect((await world.database.user(user.id)).librechat_synced_at).not.toBeNull();
    const action = {
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      by: OPERATOR,
      action: 'adopt',
      djangoUserId: user.id,
      accountId,
      why: 'ticket 4711',
    };
    expect(await auditOf(audit)).toEqual([
      { ...action, result: 'begun' },
      { ...action, result: 'done', accountIdBefore: null },
    ]);
    expect((await stat(audit)).mode & 0o777).toBe(0o600);
  });

  test('starts a provisioning where none is open, also with the worker’s rights', async () => {
    const { user, accountId } = await addOrphan('quiet-orphan');
    const result = await cli(['adopt', user.id, accountId, '--why', 'import'], {
      ...operator(),
      DATABASE_URL: world.database.workerUrl,
    });
    expect(result).toMatchObject({ code: 0 });
    expect(result.notes.split('\n').filter((line) => line.startsWith('{"at":'))).toHaveLength(2);
    expect(await loginWithRow(world, user.id)).toBe('own account');
  });

  test('waits for the end of a rotation, and provisions then', async () => {
    const { accountId } = await addOrphan('after-rotation');
    const user = await addProvisioned(world, 'moves-on');
    const own = (await world.database.user(user.id)).librechat_user_id;
    const gate = await user.hold('requestPasswordReset');
    await user.rotate({ reason: 'manual', waitMs: 0 });
    await gate.held();
    const command = startCli(['adopt', user.id, accountId, '--why', 'a test', '--wait', '8'], operator());
    await eventually('the row is linked', async () => {
      return (await world.database.user(user.id)).librechat_user_id === accountId;
    });
    await gate.release();
    const result = await command.result;
    // The address of the user leads to another account than the adopted one, so nothing may be set there.
    expect(result.code).toBe(1);
    expect(result.out).toMatch(/is not provisioned yet\. (AccountConflict|ResetLinkMismatch): /);
    expect((await world.standIn.control.account(user.address)).id).toBe(own);
    expect((await world.standIn.control.account('after-rotation@example.com')).distinctPasswords).toBe(1);
    await world.client.workflow.getHandle(accountWorkflowId(parseDjangoUserId(user.id))).terminate();
  });

  test('refuses an account that another row has, and a row that does not exist; and records that', async () => {
    const owner = await addProvisioned(world, 'owner');
    const { librechat_user_id: accountId } = await world.database.user(owner.id);
    const other = await addUser(world, 'would-be-owner');
    const audit = join(folder, 'refused.jsonl');
    const why = ['--why', 'a test', '--audit-file', audit];
    const taken = await cli(['adopt', other.id, accountId ?? '', ...why], operator());
    expect(taken.code).toBe(1);
    expect(taken.notes).toMatch(new RegExp(`^AccountConflict: .*row ${owner.id} is linked to the account`));
    expect((await world.database.user(other.id)).librechat_user_id).toBeNull();
    for (const id of ['1', '0b9d4c7e-6a51-4f0e-8a58-2d1f5b6c7d8e']) {
      const gone = await cli(['adopt', id, '65f0a1b2c3d4e5f6a7b8c9d0', ...why], operator());
      expect(gone.code).toBe(1);
      expect(gone.notes).toMatch(/^UserNotFound: /);
    }
    const results = (await auditOf(audit)).map(({ result }) => result);
    expect(results).toEqual(['begun', 'AccountConflict', 'begun', 'UserNotFound', 'begun', 'UserNotFound']);
  });

  test('does nothing that it could not record, and nothing while Temporal is away', async () => {
    const { user, accountId } = await addOrphan('unrecorded');
    const args = ['adopt', user.id, accountId, '--why', 'a test'];
    const noFile = await cli([...args, '--audit-file', join(folder, 'none', 'audit.jsonl')], operator());
    expect(noFile.code).toBe(78);
    expect(noFile.notes).toContain('the audit file cannot be written');
    const noTemporal = await cli(args, { ...operator(), TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(noTemporal.code).toBe(1);
    expect((await world.database.user(user.id)).librechat_user_id).toBeNull();
  });
});

describe('rewrap', () => {
  test('counts, refuses what it cannot read, and goes on when told to', async () => {
    const user = await addProvisioned(world, 'rewrap-me');
    const password = await passwordInRow(world, user.id);
    const lost = createKeyRing(new Secret(newKey())).seal(new Secret('correct horse battery'));
    const unreadable = await world.database.addUser({ email: 'lost@example.com', sealedPassword: lost });
    const garbage = await world.database.addUser({ email: 'g@example.com', sealedPassword: 'garbage' });
    const current = newKey();
    const environment = {
      DATABASE_URL: world.database.workerUrl,
      LIBRECHAT_ENCRYPTION_KEY: `${current},${world.keys.encryption}`,
    };
    const sealedBefore = (await world.database.user(user.id)).librechat_password_encrypted;

    const dryRun = await cli(['rewrap', '--dry-run'], environment);
    expect(dryRun.code).toBe(1);
    expect(dryRun.out).toMatch(/^To be rewrapped: [1-9]\d*\. Under the first key already: 0\.\n$/);
    expect(dryRun.notes).toContain('2 rows do not open: 1 hold no Fernet token, 1 one of an unknown key');
    expect(dryRun.notes).toContain(`${unreadable}, ${garbage}`);
    const refused = await cli(['rewrap', '--why', 'a test'], environment);
    expect(refused.code).toBe(1);
    expect(refused.notes).toContain('Nothing was changed');
    expect((await world.database.user(user.id)).librechat_password_encrypted).toBe(sealedBefore);

    const done = await cli(['rewrap', '--why', 'a test', '--skip-unreadable'], environment);
    expect(done.code).toBe(0);
    expect(done.out).toMatch(/^Rewrapped: [1-9]\d*\. Under the first key already: 0\.\n$/);
    expect(done.notes).toContain(`--from ${garbage}`);
    const sealed = (await world.database.user(user.id)).librechat_password_encrypted ?? '';
    expect(createKeyRing(new Secret(current)).open(sealed).password.reveal()).toBe(password);
    const again = await cli(
      ['rewrap', '--why', 'a test', '--skip-unreadable', '--from', user.id],
      environment,
    );
    expect(again).toMatchObject({ code: 0 });
    expect(again.out).toMatch(/^Rewrapped: 0\./);
  });

  test('stops at a signal, and says where to go on', async () => {
    await world.database.owner.query(
      `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
         date_joined, librechat_password_encrypted)
       SELECT '!', false, 'many' || n, '', '', '', false, true, now(), $1 FROM generate_series(1, 20000) AS n`,
      [createKeyRing(new Secret(world.keys.encryption)).seal(new Secret('correct horse battery'))],
    );
    const { child, result } = startCli(['rewrap', '--why', 'a test', '--skip-unreadable'], {
      DATABASE_URL: world.database.workerUrl,
      LIBRECHAT_ENCRYPTION_KEY: `${newKey()},${world.keys.encryption}`,
    });
    child.stderr.once('data', () => child.kill('SIGINT'));
    const { code, out, notes } = await result;
    printed.push(out, notes);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(notes).toMatch(/Stopped\. To go on: --from \d+\n$/);
    await world.database.owner.query(`DELETE FROM users_user WHERE username LIKE 'many%'`);
  });
});

test('no command has printed a password, a token, a key or an address', async () => {
  const { rows } = await world.database.owner.query<{ sealed: string | null }>(
    'SELECT librechat_password_encrypted AS sealed FROM users_user',
  );
  const text = printed.join('\n');
  expect(text.length).toBeGreaterThan(2_000);
  const secrets = [...Object.values(world.keys), ...rows.flatMap(({ sealed }) => sealed ?? [])];
  for (const secret of secrets) if (secret !== 'garbage') expect(text).not.toContain(secret);
  expect(text).not.toMatch(/gAAAAA|@example\.com|postgres:\/\/\w|127\.0\.0\.1|correct horse|\bat file:/);
});
