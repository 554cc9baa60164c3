import { expect, test } from '@jest/globals';
import { isFleetRequest } from '../../../contract/fleet-request.ts';

test.each([
  { mode: 'due' },
  { mode: 'due', periodDays: 30 },
  { mode: 'due', periodDays: 0.5, dryRun: true },
  { mode: 'incident' },
  { mode: 'list', djangoUserIds: ['1', '2'] },
])('%j is a request', (value) => {
  expect(isFleetRequest(value)).toBe(true);
});

test.each([
  undefined,
  null,
  'due',
  {},
  { mode: 'Due' },
  { mode: 'due', periodDays: '30' },
  { mode: 'due', periodDays: Number.NaN },
  { mode: 'due', periodDays: -1 },
  { mode: 'due', djangoUserIds: ['1'] },
  { mode: 'incident', djangoUserIds: ['1'] },
  { mode: 'incident', periodDays: 1 },
  { mode: 'list' },
  { mode: 'list', djangoUserIds: [] },
  { mode: 'list', djangoUserIds: '1' },
  { mode: 'list', djangoUserIds: ['one'] },
  { mode: 'list', djangoUserIds: [1] },
  { mode: 'list', djangoUserIds: Array.from({ length: 10_001 }, (_, index) => String(index + 1)) },
])('%j is none, and rotates nobody', (value) => {
  expect(isFleetRequest(value)).toBe(false);
});
