import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../workers/cli/run.ts';
import { newKey } from '../../tools/world.ts';

/** Runs a command in this process. */
async function cli(args: readonly string[], environment: Readonly<Record<string, string>>, user = 'ada') {
  const [out, notes]: [string[], string[]] = [[], []];
  const code = await runCommand(args, {
    environment,
    user,
    out: (line) => out.push(line),
    note: (line) => notes.push(line),
    stopSignal: () => new AbortController().signal,
  });
  return { code, out: out.join('\n'), notes: notes.join('\n') };
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hestami-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help and usage', () => {
  test('lists the commands, and explains each', async () => {
    const all = await cli(['--help'], {});
    expect(all).toMatchObject({ code: 0, notes: '' });
    for (const name of ['rotate', 'rewrap', 'adopt', 'capacity']) {
      expect(all.out).toContain(`  ${name}`);
      const one = await cli([name, '--help'], {});
      expect(one).toMatchObject({ code: 0, notes: '' });
      expect(one.out).toMatch(new RegExp(`^Usage: ${name}`));
    }
  });

  test.each<readonly [readonly string[], string]>([
    [[], ''],
    [['shred'], 'There is no such command'],
    [['rotate'], '<user> is missing'],
    [['rotate', '1', '2'], 'too many arguments'],
    [['rotate', '042'], 'InvalidUserId'],
    [['rotate', '1', '--reason', 'whim'], '--reason is one of scheduled, manual, repair, incident'],
    [['rotate', '1', '--why', 'x', '--wait', 'long'], '--wait takes a number of whole seconds'],
    [['rotate', '1', '--force'], 'The option --force is not valid'],
    [['rotate', '1'], '--why is missing'],
    [['rewrap'], '--why is missing'],
    [['rewrap', '1'], 'too many arguments'],
    [['rewrap', '--why', 'x', '--from', 'the start'], 'InvalidUserId'],
    [['capacity'], '--users is missing'],
    [['capacity', '--users', 'many'], '--users takes a whole number'],
    [['capacity', '--users', '1', '--period-days', '0'], '--period-days takes 1 or more'],
    [['adopt', '1'], '<accountId> is missing'],
    [['adopt', '1', 'ABC', '--why', 'x'], '<accountId> is not 24 lower-case hexadecimal digits'],
    [['adopt', '1', 'ABC', '--reason', 'x'], 'The option --reason is not valid'],
    [['adopt', '1', 'ABC', '--dry-run'], 'The option --dry-run is not valid'],
    [['suspend', '1'], '--why is missing'],
    [['suspend', '1', '--reason', 'x'], 'The option --reason is not valid'],
    [['delete-account', '1'], '--why is missing'],
    [['adopt', '1', '65f0a1b2c3d4e5f6a7b8c9d0'], '--why is missing'],
  ])('%j ends with 2 and says why', async (args, message) => {
    const result = await cli(args, {});
    expect(result.code).toBe(2);
    expect(result.notes).toContain(message);
  });

  test('a reason for the record has an end', async () => {
    const why = 'x'.repeat(501);
    const { code, notes } = await cli(['adopt', '1', '65f0a1b2c3d4e5f6a7b8c9d0', '--why', why], {});
    expect({ code, notes }).toEqual({ code: 2, notes: expect.stringContaining('longer than 500') });
  });

  test('a reason for the record names nobody by an address, and holds no password', async () => {
    for (const why of ['as ada@example.com wished', 'was gAAAAABqZ1XY']) {
      const { code, notes } = await cli(['rotate', '1', '--why', why], {});
      expect(code).toBe(2);
      expect(notes).toMatch(/^--why holds an address or a secret, which no record may hold/);
      expect(notes).not.toMatch(/example\.com|gAAAAA/);
    }
  });

  test('what was pasted in the wrong place is not printed again', async () => {
    const secret = 'postgres://operator:hunter2hunter2@db.example.com/django';
    for (const args of [
      ['rewrap', secret],
      ['rotate', secret],
      ['adopt', '1', secret, '--why', 'x'],
      ['adopt', `--database-url=${secret}`],
      ['rotate', '1', '--why', 'x', '--wait', secret],
    ]) {
      const { code, out, notes } = await cli(args, {});
      expect(code).toBe(2);
      expect(out + notes).not.toMatch(/hunter2|example\.com/);
    }
  });
});

describe('a verb takes its own options, and no others', () => {
  test.each<readonly [readonly string[], string]>([
    [['fleet'], 'Use fleet start, status, pause, resume or abort'],
    [['fleet', 'fly'], 'Use fleet start, status, pause, resume or abort'],
    [['fleet', 'toString'], 'Use fleet start, status, pause, resume or abort'],
    ...['pause', 'resume', 'abort'].flatMap((verb) =>
      ['--dry-run', '--replace', '--no-watch', '--watch', '--mode=list', '--from=x', '--period-days=1'].map(
        (option) =>
          [['fleet', verb, '--why', 'x', option], `The option ${option.split('=')[0]} is not valid`] as const,
      ),
    ),
    [['fleet', 'abort', '--why', 'x', 'now'], 'too many arguments'],
    [['fleet', 'status', '--dry-run'], 'The option --dry-run is not valid'],
    [['fleet', 'status', '--why', 'x'], 'The option --why is not valid'],
    [['fleet', 'start', '--why', 'x', '--watch'], 'The option --watch is not valid'],
    [['schedules', 'drop'], 'Use list or apply'],
    [['schedules', '--dry-run'], 'The option --dry-run is not valid'],
    [['schedules', 'list', '--dry-run'], 'The option --dry-run is not valid'],
    [['schedules', 'list', '--why', 'x'], 'The option --why is not valid'],
  ])('%j ends with 2, before anything is connected to', async (args, message) => {
    const result = await cli(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(result).toMatchObject({ code: 2, out: '' });
    expect(result.notes).toContain(message);
  });
});

describe('who does it, and why,', () => {
  const CHANGES: readonly (readonly string[])[] = [
    ['rotate', '1'],
    ['rewrap'],
    ['adopt', '1', '65f0a1b2c3d4e5f6a7b8c9d0'],
    ['adopt', '--from', 'x'],
    ['suspend', '1'],
    ['delete-account', '1'],
    ['fleet', 'start'],
    ['fleet', 'pause'],
    ['fleet', 'resume'],
    ['fleet', 'abort'],
    ['schedules', 'apply'],
  ];

  test.each(CHANGES)('is asked by %s %s', async (...args) => {
    const noReason = await cli(args, {});
    expect(noReason).toMatchObject({ code: 2, out: '' });
    expect(noReason.notes).toMatch(/^--why is missing/);
    const nobody = await cli([...args, '--why', 'x'], {}, 'node');
    expect(nobody).toMatchObject({ code: 2, out: '' });
    expect(nobody.notes).toMatch(/is not a person: .* by --by or AUDIT_BY\. See: /);
  });

  test.each([
    ['fleet', 'start', '--dry-run'],
    ['schedules', 'apply', '--dry-run'],
  ])('is not asked by %s %s %s, which changes nothing', async (...args) => {
    const { code, notes } = await cli(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' }, 'node');
    expect({ code, notes }).toEqual({ code: 1, notes: expect.stringMatching(/^TemporalUnavailable: /) });
  });
});

describe('configuration', () => {
  test('everything that a command needs and does not have is told at once, with 78', async () => {
    const result = await cli(['rewrap', '--why', 'x'], {
      DATABASE_URL: 'mysql://db.example.com',
      DJANGO_USER_TABLE: 'a;b',
    });
    expect(result.code).toBe(78);
    for (const name of ['DATABASE_URL', 'DJANGO_USER_TABLE', 'LIBRECHAT_ENCRYPTION_KEY'])
      expect(result.notes).toContain(name);
    expect(result.notes).not.toContain('example.com');
    expect(result.notes.trim().split('\n')).toHaveLength(1);
  });

  test('a secret may come from a file, and one that cannot be read is told', async () => {
    const environment = { DATABASE_URL_FILE: join(folder, 'none'), LIBRECHAT_ENCRYPTION_KEY: newKey() };
    const result = await cli(['rewrap', '--why', 'x'], environment);
    expect(result.code).toBe(78);
    expect(result.notes).toContain('DATABASE_URL_FILE: names a file that cannot be read');
    await writeFile(join(folder, 'url'), 'postgres://nobody@127.0.0.1:1/none\n');
    const readable = await cli(['rewrap', '--why', 'x'], {
      ...environment,
      DATABASE_URL_FILE: join(folder, 'url'),
    });
    expect(readable.notes).toMatch(/^DatabaseUnavailable: /);
  });

  test('Temporal or PostgreSQL that is away is told by its code, without its address', async () => {
    const nowhere = '127.0.0.1:1';
    const noTemporal = await cli(['rotate', '1', '--why', 'x'], { TEMPORAL_ADDRESS: nowhere });
    expect(noTemporal).toMatchObject({ code: 1, out: '' });
    expect(noTemporal.notes).toMatch(/^TemporalUnavailable: /);
    const noPostgres = await cli(['rewrap', '--why', 'x'], {
      DATABASE_URL: `postgres://nobody:hunter2hunter2@${nowhere}/none`,
      LIBRECHAT_ENCRYPTION_KEY: newKey(),
    });
    expect(noPostgres).toMatchObject({ code: 1, out: '' });
    expect(noPostgres.notes).toMatch(/^DatabaseUnavailable: /);
    for (const { notes } of [noTemporal, noPostgres]) expect(notes).not.toMatch(/127\.0\.0\.1|hunter2/);
  });
});
