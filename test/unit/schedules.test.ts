import { describe, expect, test } from '@jest/globals';
import { scheduleIdPrefix } from '../../contract/ids.ts';
import { plan, type PresentSchedule } from '../../workers/schedules/plan.ts';
import { schedulesOf } from '../../workers/schedules/table.ts';
import { timeText, wantedTerms } from '../../workers/schedules/terms.ts';

const PREFIX = scheduleIdPrefix('librechat');
const wanted = schedulesOf({ taskQueue: 'librechat', rotationPeriodDays: 30 });
const [reconcile, rotateFleet] = wanted.map(({ id, settings }) => ({ id, terms: wantedTerms(settings) }));

/** A schedule as it should be, but for some terms. */
const changed = (schedule: PresentSchedule | undefined, terms: Record<string, string>): PresentSchedule => ({
  id: schedule?.id ?? '',
  terms: { ...schedule?.terms, ...terms },
});
const present = (...schedules: (PresentSchedule | undefined)[]): PresentSchedule[] =>
  schedules.filter((schedule) => schedule !== undefined);

test('there are two schedules, with ids of ours', () => {
  expect(wanted.map(({ id }) => id)).toEqual([
    'librechat/schedule/reconcile',
    'librechat/schedule/rotate-fleet',
  ]);
  expect(reconcile?.terms).toEqual({
    every: '30 s',
    offset: '0 ms',
    jitter: '0 ms',
    'catch-up': '10 min',
    overlap: 'SKIP',
    'pause on failure': 'no',
    workflow: 'reconcileAccounts',
    'workflow id': 'librechat/reconcile',
    queue: 'librechat',
    arguments: '[{}]',
    'task time-out': '5 s',
  });
  expect(rotateFleet?.terms).toMatchObject({
    every: '1 d',
    jitter: '30 min',
    'catch-up': '1 h',
    overlap: 'SKIP',
    workflow: 'startFleet',
    'workflow id': 'librechat/rotate-fleet',
    queue: 'librechat-fleet',
    arguments: '[{"mode":"due","periodDays":30}]',
  });
});

describe('the plan', () => {
  test.each<[string, PresentSchedule[], string[]]>([
    ['where there is nothing', [], ['create reconcile', 'create rotate-fleet']],
    [
      'where all is right',
      present(reconcile, rotateFleet),
      ['unchanged reconcile', 'unchanged rotate-fleet'],
    ],
    ['where one is missing', present(rotateFleet), ['create reconcile', 'unchanged rotate-fleet']],
    [
      'where one fires otherwise',
      present(changed(reconcile, { every: 'otherwise' }), rotateFleet),
      ['update reconcile: every otherwise → 30 s', 'unchanged rotate-fleet'],
    ],
    [
      'where one differs in two terms',
      present(changed(reconcile, { every: '1 min', overlap: 'ALLOW_ALL' }), rotateFleet),
      ['update reconcile: every 1 min → 30 s, overlap ALLOW_ALL → SKIP', 'unchanged rotate-fleet'],
    ],
    [
      'where one of an earlier version is left',
      present(reconcile, rotateFleet, { id: `${PREFIX}sweep`, terms: {} }),
      ['unchanged reconcile', 'unchanged rotate-fleet', 'delete sweep'],
    ],
    [
      'where others have theirs',
      present(
        reconcile,
        rotateFleet,
        { id: 'librechat/scheduled', terms: {} },
        { id: 'librechat-2/schedule/reconcile', terms: {} },
        { id: 'nightly', terms: {} },
      ),
      ['unchanged reconcile', 'unchanged rotate-fleet'],
    ],
  ])('%s', (_, there, steps) => {
    const told = plan(wanted, there, PREFIX).map((step) => {
      const changes = step.kind === 'update' ? step.changes : [];
      const what = changes.map(({ term, from, to }) => `${term} ${from} → ${to}`).join(', ');
      return `${step.kind} ${step.id.replace(PREFIX, '')}${what === '' ? '' : `: ${what}`}`;
    });
    expect(told).toEqual(steps);
  });

  test('tells every term that a setting stands for', () => {
    const other = schedulesOf({ taskQueue: 'librechat', rotationPeriodDays: 7, sweepEveryMs: 2_000 });
    expect(plan(other, present(reconcile, rotateFleet), PREFIX)).toEqual([
      {
        kind: 'update',
        id: reconcile?.id,
        changes: [{ term: 'every', from: '30 s', to: '2 s' }],
      },
      {
        kind: 'update',
        id: rotateFleet?.id,
        changes: [
          {
            term: 'arguments',
            from: '[{"mode":"due","periodDays":30}]',
            to: '[{"mode":"due","periodDays":7}]',
          },
        ],
      },
    ]);
  });
});

test.each([
  [0, '0 ms'],
  [999, '999 ms'],
  [1_500, '1500 ms'],
  [30_000, '30 s'],
  [90_000, '90 s'],
  [600_000, '10 min'],
  [3_600_000, '1 h'],
  [5_400_000, '90 min'],
  [86_400_000, '1 d'],
])('%i ms are called %s', (ms, text) => {
  expect(timeText(ms)).toBe(text);
});
