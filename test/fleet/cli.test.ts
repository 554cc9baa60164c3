import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runCommand } from '../../workers/cli/run.ts';
import { OPERATOR, runCli, type CliResult } from '../setup/cli.ts';
import { eventually } from '../setup/eventually.ts';
import { addProvisioned, changeRow } from '../setup/user-in-world.ts';
import { openFleetGround, withoutPasswords, type FleetGround } from './setup.ts';

let ground: FleetGround;
let audit: string;
let folder: string;
beforeAll(async () => {
  ground = await openFleetGround(70);
  // By its answers LibreChat's limits are learned. With its defaults, a run that is paused at once would go on minutes later.
  const first = await addProvisioned(ground.world, 'first');
  await first.rotate({ reason: 'manual' });
  await changeRow(ground.world, first, { is_active: false });
  folder = await mkdtemp(join(tmpdir(), 'hestami-fleet-cli-'));
  audit = join(folder, 'audit');
});
afterAll(async () => {
  await ground[Symbol.asyncDispose]();
});

const environment = () => ({
  TEMPORAL_ADDRESS: ground.world.environment['TEMPORAL_ADDRESS'],
  LIBRECHAT_TASK_QUEUE: ground.world.taskQueue,
  AUDIT_FILE: audit,
});
const cli = (...args: readonly string[]): Promise<CliResult> => runCli(['fleet', ...args], environment());

/** The command in this process, as on a terminal. */
async function onTerminal(...args: readonly string[]) {
  const out: string[] = [];
  const drawn: string[] = [];
  const code = await runCommand(['fleet', ...args], {
    environment: environment(),
    user: undefined,
    out: (line) => void out.push(line),
    note: (line) => void out.push(line),
    rewrite: (line) => void drawn.push(line),
    stopSignal: () => new AbortController().signal,
  });
  return { code, out, drawn };
}

/** A run that is not over before the next command has come up. */
const slowly = () =>
  ground.world.standIn.control.fault({
    route: 'requestPasswordReset',
    action: 'delay',
    ms: 500,
    times: null,
  });
const quickly = () => ground.world.standIn.control.clearFaults();

describe('an operator, with nothing but access to Temporal,', () => {
  test('sees that nothing runs, and how many are due', async () => {
    const before = await ground.rotated();
    expect(await cli('status')).toMatchObject({ code: 0, out: 'No fleet run is open.\n' });
    expect(await cli('start', '--dry-run')).toMatchObject({
      code: 0,
      out: 'Passwords that are due: 70\nColumns that hold no token: 0\n',
    });
    expect(await ground.rotated()).toBe(before);
  });

  test('starts a run, pauses, sees why, resumes, and sees its end', async () => {
    await slowly();
    expect(await cli('start', '--no-watch', '--why', 'the yearly drill')).toMatchObject({
      code: 0,
      out: 'Started.\n',
    });
    expect(await cli('pause', '--why', 'LibreChat is being updated')).toMatchObject({
      code: 0,
      out: 'Sent: pause.\n',
    });
    expect((await cli('start', '--no-watch', '--why', 'once more')).notes).toContain(
      'A fleet run is open already',
    );
    const { out, code } = await cli('status', '--watch');
    expect(out).toMatch(/of 70 · .*paused by an operator: LibreChat is being updated\.\n$/);
    expect(code).toBe(1);
    expect(await cli('status')).toMatchObject({ code: 1, out: expect.stringContaining('paused by an') });
    await quickly();
    expect(await cli('resume', '--why', 'it is updated')).toMatchObject({ code: 0 });
    expect(await cli('status', '--watch')).toMatchObject({
      code: 0,
      out: expect.stringContaining('The run has finished: 70 of 70 rotated, 0 passed over, 0 failed.'),
    });
    expect(await cli('abort', '--why', 'a test')).toMatchObject({ code: 1, out: 'No fleet run is open.\n' });
    expect(await cli('status')).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^No fleet run is open\. The last one ended at \d{4}-\d\d-\d\dT[\d:.]+Z\.\nThe run has finished: 70 of 70/,
      ),
    });
    expect(await withoutPasswords(ground, 2)).toEqual([]);
  });

  test('watches a bar on a terminal, which goes away at the end', async () => {
    const { code, out, drawn } = await onTerminal(
      'start',
      '--mode',
      'incident',
      '--why',
      'a drill',
      '--by',
      'grace',
    );
    expect(code).toBe(0);
    expect(drawn.at(-1)).toBe('');
    expect(drawn.some((line) => /^\[[#·]{24}\] \d+ of 70/.test(line))).toBe(true);
    expect(out.at(-1)).toBe('The run has finished: 70 of 70 rotated, 0 passed over, 0 failed.');
  });

  test('lets an incident take the place of a run that is open', async () => {
    const list = join(folder, 'users');
    await writeFile(list, ground.users.map(({ id }) => id).join('\n'));
    // In the second of the last run's end its passwords are not older than this one's begin.
    await eventually(
      'a second has passed',
      async () => (await ground.fleet.count({ mode: 'incident' })).due === 70,
    );
    const why = ['--why', 'a leak'];
    await slowly();
    await cli('start', '--mode', 'list', '--from', list, '--no-watch', ...why);
    await cli('pause', ...why);
    await quickly();
    expect(await cli('start', '--mode', 'incident', '--replace', ...why)).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^The open run gives way to this one\.\n[^]*The run has finished: \d+ of \d+ rotated/,
      ),
    });
  });

  test.each([
    [['fly'], 'Use fleet start, status, pause, resume or abort'],
    [['start', '--mode', 'list', '--why', 'x'], '--from goes with --mode list'],
    [['start', '--why', 'ada@example.com asked for it'], '--why holds an address'],
  ])('is told what makes no sense: %j', async (args, message) => {
    const { code, notes } = await cli(...args);
    expect(code).toBe(2);
    expect(notes).toContain(message);
  });

  test('leaves a record of all that was done, before and after, and of nothing else', async () => {
    const lines = (await readFile(audit, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, string>);
    expect(lines.slice(0, 4).map(({ action, result, why }) => [action, result, why])).toEqual([
      ['fleet start', 'begun', 'the yearly drill'],
      ['fleet start', 'started', 'the yearly drill'],
      ['fleet pause', 'begun', 'LibreChat is being updated'],
      ['fleet pause', 'sent', 'LibreChat is being updated'],
    ]);
    expect(lines.map(({ action, result }) => `${action}: ${result}`)).toEqual(
      expect.arrayContaining([
        'fleet start: busy',
        'fleet resume: sent',
        'fleet abort: none open',
        'fleet start: replaced',
      ]),
    );
    expect(new Set(lines.map(({ by }) => by))).toEqual(new Set([OPERATOR, 'grace']));
    expect(lines.filter(({ mode }) => mode === 'list')).toEqual([
      expect.objectContaining({ file: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), users: 70 }),
      expect.objectContaining({ file: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), result: 'started' }),
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/@|gAAAAA/);
  });
});
