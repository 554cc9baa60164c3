import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { FleetVerdict } from '../../../contract/fleet.ts';
import { EMPTY_TALLY } from '../../../contract/tally.ts';
import { endLines, isClean, progressLine, verdictLines } from '../../../workers/cli/fleet/progress-line.ts';
import { readRequest } from '../../../workers/cli/fleet/request.ts';
import type { Snapshot } from '../../../workers/cli/fleet/snapshot.ts';

const run: Snapshot = {
  mode: 'due',
  startedAt: '2026-01-01T00:00:00.000Z',
  state: 'running',
  due: 480,
  tally: { ...EMPTY_TALLY, rotated: 118, failed: { AccountMissing: 2 } },
  busy: 1,
  shards: 8,
  shardsFinished: 0,
  perMinute: 210,
  etaSeconds: 103,
};

describe('the line about a fleet run', () => {
  test.each<[string, Partial<Snapshot>, string]>([
    [
      'runs',
      {},
      '[######··················] 120 of 480 · 2 failed (AccountMissing 2) · 1 busy · 210 per minute, about 2 min left',
    ],
    [
      'was paused',
      { state: 'paused', busy: 0, paused: { by: 'operator', why: 'an update' } },
      '[######··················] 120 of 480 · 2 failed (AccountMissing 2) · paused by an operator: an update.',
    ],
    [
      'is being aborted',
      { state: 'aborting', busy: 0 },
      '[######··················] 120 of 480 · 2 failed (AccountMissing 2) · aborting: up to a minute for what is open',
    ],
    [
      'has just begun',
      { due: 0, busy: 0, tally: EMPTY_TALLY, perMinute: 0, shards: 0 },
      'Counting who is due',
    ],
  ])('that %s', (_, changes, line) => {
    expect(progressLine({ ...run, ...changes })).toBe(line);
  });

  test('that paused by itself says what to do', () => {
    const line = progressLine({
      ...run,
      state: 'paused',
      paused: { by: 'system', code: 'ResetUnavailable' },
    });
    expect(line).toContain(
      'ResetUnavailable: LibreChat gives out no reset link. Set ALLOW_PASSWORD_RESET=true',
    );
    expect(line).toContain('`resume`');
  });

  test('at its end names who failed by code, and who was busy', () => {
    const lines = verdictLines({
      outcome: 'finished',
      mode: 'list',
      due: 10,
      tally: { ...EMPTY_TALLY, rotated: 7, unverified: 1, failed: { AccountMissing: 2 } },
      unreadable: 1,
      leftOut: { count: 3, named: ['8', '9'] },
      busy: ['7'],
      busyCount: 1,
    });
    expect(lines).toEqual([
      'The run has finished: 7 of 10 rotated, 0 passed over, 2 failed.',
      '  AccountMissing: 2',
      'Rotated, but not verified; the sweep looks again: 1',
      'Busy to the end (1): 7',
      '  Rotations that are still open go on by themselves until row and LibreChat agree.',
      'Left out: not linked, not active, without a token, or dated after the beginning (3): 8, 9, …',
      'Columns that hold no token: 1',
    ]);
  });
});

describe('a fleet run is clean', () => {
  const clean: FleetVerdict = {
    outcome: 'finished',
    mode: 'incident',
    due: 1,
    tally: { ...EMPTY_TALLY, rotated: 1 },
    unreadable: 0,
    leftOut: { count: 0, named: [] },
    busy: [],
    busyCount: 0,
  };

  test.each<[string, Partial<FleetVerdict>]>([
    ['it was aborted', { outcome: 'aborted' }],
    ['somebody failed', { tally: { ...EMPTY_TALLY, failed: { AccountMissing: 1 } } }],
    ['a rotation ended without a verdict', { tally: { ...EMPTY_TALLY, lost: 1 } }],
    ['somebody was busy to the end', { busyCount: 1 }],
    ['somebody was left out', { leftOut: { count: 1, named: ['7'] } }],
    ['in an incident, nobody knows the age of a password', { unreadable: 1 }],
  ])('but not when %s', (_, changes) => {
    expect(isClean(clean)).toBe(true);
    expect(isClean({ ...clean, ...changes })).toBe(false);
  });

  test('when it was scheduled, whatever columns hold no token: the next one would find them too', () => {
    expect(isClean({ ...clean, mode: 'due', unreadable: 1 })).toBe(true);
  });
});

describe('the end of a fleet run', () => {
  test('that was aborted says what goes on without it', () => {
    const verdict: FleetVerdict = {
      outcome: 'aborted',
      mode: 'due',
      due: 480,
      leftOut: { count: 0, named: [] },
      tally: { ...EMPTY_TALLY, rotated: 118 },
      unreadable: 0,
      busy: ['7', '8'],
      busyCount: 2,
    };
    expect(endLines({ status: 'COMPLETED', verdict })).toEqual([
      'The run was aborted: 118 of 480 rotated, 0 passed over, 0 failed.',
      'Busy to the end (2): 7, 8',
      '  Rotations that are still open go on by themselves until row and LibreChat agree.',
    ]);
  });

  test('without a verdict names what Temporal says', () => {
    expect(endLines({ status: 'TERMINATED' })).toEqual([
      'It has no verdict (TERMINATED). Whoever is still due is found by the next one.',
    ]);
  });
});

describe('what is asked of a fleet run', () => {
  test.each<[string, Parameters<typeof readRequest>[0], object]>([
    ['by default', { mode: 'due' }, { mode: 'due', periodDays: 90 }],
    ['with a period', { mode: 'due', 'period-days': '14' }, { mode: 'due', periodDays: 14 }],
    ['in an incident', { mode: 'incident' }, { mode: 'incident' }],
  ])('is read %s', async (_, given, request) => {
    expect(await readRequest(given, 90)).toEqual({ request });
  });

  test.each<[string, Parameters<typeof readRequest>[0]]>([
    ['another mode', { mode: 'all' }],
    ['a period in an incident', { mode: 'incident', 'period-days': '14' }],
    ['a period that is none', { mode: 'due', 'period-days': '-1' }],
    ['a list without a file', { mode: 'list' }],
    ['a file without a list', { mode: 'due', from: 'x' }],
  ])('is refused: %s', async (_, given) => {
    await expect(readRequest(given, 90)).rejects.toMatchObject({ name: 'UsageError' });
  });

  test('for a list is read from a file, each user once; a line that is none is named by its number', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'fleet-list-')), 'users');
    await writeFile(file, '7\n\n8\r\n7\n');
    expect(await readRequest({ mode: 'list', from: file }, 90)).toEqual({
      request: { mode: 'list', djangoUserIds: ['7', '8'] },
      // As `sha256sum` has it.
      digest: 'sha256:e925b9052b9297f2c1f70db7f7af93de1971b4abdb5bcf8e5486404185877276',
    });
    await writeFile(file, '7\nada@example.com\n');
    const refused = readRequest({ mode: 'list', from: file }, 90);
    await expect(refused).rejects.toMatchObject({
      code: 'InvalidUserId',
      message: expect.stringContaining('line 2'),
    });
    await expect(refused).rejects.not.toMatchObject({ message: expect.stringContaining('ada@') });
  });
});
