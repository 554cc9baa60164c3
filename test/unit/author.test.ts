import { describe, expect, test } from '@jest/globals';
import { readAuthor } from '../../workers/cli/author.ts';

const authorOf = (
  user: string | undefined,
  environment: Readonly<Record<string, string>> = {},
  by?: string,
): string => readAuthor({ user, environment }, { why: 'ticket 7', by }).by;

describe('who does something by hand', () => {
  test('is the user of the operating system, where that is a person', () => {
    expect(authorOf('ada')).toBe('ada');
    expect(authorOf('ada', { SUDO_USER: 'grace', AUDIT_BY: '' })).toBe('ada');
    expect(authorOf('root', { SUDO_USER: 'grace' })).toBe('grace');
  });

  test.each<[string, string | undefined, Record<string, string>]>([
    ['the image’s user', 'node', {}],
    ['root', 'root', {}],
    ['root by way of root', 'root', { SUDO_USER: 'root' }],
    ['a number without a name', undefined, {}],
    ['an address', 'ada@example.com', {}],
  ])('is asked for where that is %s', (_, user, environment) => {
    expect(() => authorOf(user, environment)).toThrow(/--by or AUDIT_BY/);
    expect(() => authorOf(user, environment)).not.toThrow(/ada@/);
    expect(authorOf(user, { ...environment, AUDIT_BY: 'ada' })).toBe('ada');
    expect(authorOf(user, environment, 'ada')).toBe('ada');
  });

  test('is what --by says before AUDIT_BY, and that before the operating system', () => {
    expect(authorOf('ada', { AUDIT_BY: ' grace ' })).toBe('grace');
    expect(authorOf('ada', { AUDIT_BY: 'grace' }, 'mary')).toBe('mary');
    expect(authorOf('ada', {}, ' ')).toBe('ada');
  });

  test('is no address, no secret, and not a story', () => {
    expect(() => authorOf('ada', {}, 'ada@example.com')).toThrow(/^--by holds an address or a secret/);
    expect(() => authorOf('ada', { AUDIT_BY: 'ada@example.com' })).toThrow(/^AUDIT_BY holds an address/);
    expect(() => authorOf('ada', {}, 'gAAAAABqZ1XY')).toThrow(/^--by holds an address or a secret/);
    expect(() => authorOf('ada', {}, 'x'.repeat(101))).toThrow(/^--by is longer than 100 characters/);
  });
});
