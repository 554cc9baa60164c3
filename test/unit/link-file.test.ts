import { describe, expect, test } from '@jest/globals';
import { readLinkFile } from '../../workers/cli/link-file.ts';

const [ONE, TWO] = ['a'.repeat(24), 'b'.repeat(24)];

describe('a file of links', () => {
  test.each([
    ['as it should be', `7,${ONE}\n8,${TWO}\n`],
    ['with a header', `django_user_id,account_id\n7,${ONE}\n8,${TWO}\n`],
    ['as a spreadsheet writes it', `\uFEFF"django_user_id","account_id"\r\n"7","${ONE}"\r\n"8","${TWO}"\r\n`],
    ['with blanks and empty lines', `\n 7 , ${ONE}\n\n8,${TWO}`],
  ])('%s', (_how, text) => {
    const links = [
      { user: '7', accountId: ONE },
      { user: '8', accountId: TWO },
    ];
    expect(readLinkFile(text)).toEqual({ links, bad: [] });
  });

  test('without a line links nobody', () => {
    expect(readLinkFile('')).toEqual({ links: [], bad: [] });
  });

  test.each<readonly [string, string, number, string]>([
    ['a column too few', '7', 1, 'it has 1 columns, not 2'],
    ['a column too many', `7,${ONE},x`, 1, 'it has 3 columns, not 2'],
    ['a second spelling of a key', `8,${TWO}\n07,${ONE}`, 2, 'the user id is not a primary key'],
    ['an address for a key', `django_user_id,account_id\nada@example.com,${ONE}`, 2, 'the user id is not'],
    ['an account that is none', '7,ABC', 1, 'the account id is not 24 lower-case hexadecimal digits'],
    ['a user twice', `7,${ONE}\n8,${'c'.repeat(24)}\n7,${TWO}`, 3, 'it names a user of line 1 again'],
    ['an account twice', `7,${ONE}\n8,${ONE}`, 2, 'it names an account of line 1 again'],
    ['the same line twice', `7,${ONE}\n7,${ONE}`, 2, 'it names a user of line 1 again'],
    ['a header in its middle', `7,${ONE}\ndjango_user_id,account_id`, 2, 'the user id is not'],
    ['an open quotation mark', `7,${ONE}\n"8,${TWO}\n`, 2, 'a quotation mark is out of place'],
  ])('with %s names its line, and not what stands there', (_what, text, line, problem) => {
    const { bad } = readLinkFile(text);
    expect(bad).toEqual([{ line, problem: expect.stringContaining(problem) }]);
    expect(bad[0]?.problem).not.toMatch(/example\.com|ABC/);
  });
});
