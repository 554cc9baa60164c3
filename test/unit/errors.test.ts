import { inspect } from 'node:util';
import { expect, test } from '@jest/globals';
import { ERRORS } from '../../contract/error-table.ts';
import { BridgeError, isErrorCode, type ErrorCode } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';

const codes = Object.keys(ERRORS) as ErrorCode[];

test.each(codes)('%s says what happened and what to do', (code) => {
  const { message, nextStep, httpStatus } = ERRORS[code];
  expect(message).toMatch(/^[A-Z].*[^.]$/);
  expect(nextStep).toMatch(/^[A-Z].*[.)]$/);
  expect(httpStatus).toBeGreaterThanOrEqual(400);
  expect(new BridgeError(code).message).toBe(`${message}. ${nextStep}`);
});

test('a code that nobody declared is not taken for one', () => {
  expect(isErrorCode('Drift')).toBe(true);
  expect(isErrorCode('toString')).toBe(false);
  expect(isErrorCode(undefined)).toBe(false);
});

test('a boxed secret shows in no form of printing', () => {
  const secret = new Secret('hunter2hunter2');
  const printed = [
    `a ${secret as unknown as string} here`,
    String(secret),
    JSON.stringify({ secret }),
    inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
  ];
  for (const text of printed) {
    expect(text).toContain('[secret]');
    expect(text).not.toContain('hunter2');
  }
  expect(secret.reveal()).toBe('hunter2hunter2');
});
