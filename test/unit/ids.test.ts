import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BridgeError } from '../../contract/errors.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';

describe('a Django user id', () => {
  test.each(['0', '1', '42', '9223372036854775807', '0b2f6a0e-8a55-4c1e-9a52-6f2f3c0d9b11'])(
    '%s is canonical',
    (value) => {
      expect(parseDjangoUserId(value)).toBe(value);
    },
  );

  test.each([
    ['no text', 42],
    ['null', null],
    ['nothing', undefined],
    ['an object', { toString: () => '42' }],
    ['empty', ''],
    ['10 kB long', '1'.repeat(10_240)],
    ['with a leading zero', '042'],
    ['with spaces', ' 42 '],
    ['with a sign', '+42'],
    ['negative', '-1'],
    ['a fraction', '4.0'],
    ['in exponent form', '4e1'],
    ['beyond bigint', '9223372036854775808'],
    ['in other digits', '４２'],
    ['with a line break', '42\n'],
    ['an upper-case UUID', '0B2F6A0E-8A55-4C1E-9A52-6F2F3C0D9B11'],
    ['an unhyphenated UUID', '0b2f6a0e8a554c1e9a526f2f3c0d9b11'],
    ['a UUID in braces', '{0b2f6a0e-8a55-4c1e-9a52-6f2f3c0d9b11}'],
  ])('%s is refused with a code, and the value is not repeated', (_name, value) => {
    const refuse = (): unknown => parseDjangoUserId(value);
    expect(refuse).toThrow(BridgeError);
    expect(refuse).toThrow(expect.objectContaining({ code: 'InvalidUserId' }));
  });

  test('no two accepted spellings are the same number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 9_223_372_036_854_775_807n }), fc.nat(3), (number, zeros) => {
        const spelling = '0'.repeat(zeros) + number.toString();
        const accepted = ((): boolean => {
          try {
            parseDjangoUserId(spelling);
            return true;
          } catch {
            return false;
          }
        })();
        expect(accepted).toBe(spelling === number.toString());
      }),
    );
  });

  test('names the one workflow that may change the account', () => {
    expect(accountWorkflowId(parseDjangoUserId('42'))).toBe('librechat/account/42');
  });
});
