import { describe, expect, test } from '@jest/globals';
import { satisfies, type AccountRequest } from '../../client/temporal/join-rule.ts';
import type { RotateReason } from '../../contract/messages.ts';

const BEFORE = '2026-08-22T11:59:59.999Z';
const NOW = '2026-08-22T12:00:00.000Z';
const AFTER = '2026-08-22T12:00:00.001Z';

const rotation = (reason: string, requestedAt = NOW) =>
  ({ type: 'rotateCredential', memo: { reason, requestedAt } }) as const satisfies AccountRequest;
const signUp = { type: 'provisionAccount', memo: { reason: 'sign-up', requestedAt: NOW } } as const;

const REASONS: readonly RotateReason[] = ['scheduled', 'manual', 'repair', 'incident'];

describe('a rotation that is open', () => {
  // Columns: the reason of the open run, which was asked for before, at and after the request.
  test.each([
    ['scheduled', { scheduled: [1, 1, 1], manual: [1, 1, 1], repair: [0, 0, 0], incident: [1, 1, 1] }],
    ['manual', { scheduled: [1, 1, 1], manual: [1, 1, 1], repair: [0, 0, 0], incident: [1, 1, 1] }],
    ['repair', { scheduled: [1, 1, 1], manual: [1, 1, 1], repair: [1, 1, 1], incident: [1, 1, 1] }],
    ['incident', { scheduled: [0, 0, 0], manual: [0, 0, 0], repair: [0, 0, 0], incident: [0, 1, 1] }],
  ] as const)('satisfies the request of a %s one as the table says', (reason, table) => {
    const found = Object.fromEntries(
      REASONS.map((open) => [
        open,
        [BEFORE, NOW, AFTER].map((at) => Number(satisfies(rotation(open, at), rotation(reason)))),
      ]),
    );
    expect(found).toEqual(table);
  });

  test.each(REASONS)('of no known reason satisfies a %s one only where any would do', (reason) => {
    for (const run of [rotation('sign-up'), { type: 'rotateCredential', memo: undefined }])
      expect(satisfies(run, rotation(reason))).toBe(reason === 'repair');
  });

  test('asked for at a time that is none does not satisfy an incident', () => {
    expect(satisfies(rotation('incident', 'tomorrow'), rotation('incident'))).toBe(false);
  });

  test('never stands for a provisioning, nor the other way round', () => {
    expect(satisfies(rotation('manual'), signUp)).toBe(false);
    for (const reason of REASONS) expect(satisfies(signUp, rotation(reason))).toBe(false);
  });
});

test('a request that may do more than others is satisfied by its own run only', () => {
  const request = { ...rotation('manual'), ownRunOnly: true };
  expect(satisfies(rotation('manual', NOW), request)).toBe(true);
  expect(satisfies(rotation('manual', AFTER), request)).toBe(false);
  expect(satisfies(rotation('incident', NOW), request)).toBe(false);
});

test('a provisioning satisfies whoever asks for one, whenever and however it was started', () => {
  expect(satisfies({ type: 'provisionAccount', memo: undefined }, signUp)).toBe(true);
  expect(satisfies({ ...signUp, memo: { reason: 'sweep', requestedAt: BEFORE } }, signUp)).toBe(true);
});
