import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';

import { parseResetLink } from '../../activities/adapters/librechat/reset-link.ts';

const TOKEN = '0123456789abcdef'.repeat(4);
const USER_ID = '64b7f0c2a1d3e4f5a6b7c8d9';
const QUERY = `token=${TOKEN}&userId=${USER_ID}`;

function read(link: string): { token: string; accountId: string } | undefined {
  const found = parseResetLink(link);
  return found && { token: found.token.reveal(), accountId: found.accountId };
}

describe('a reset link is read', () => {
  test.each([
    ['as LibreChat answers it', `http://localhost:3080/reset-password?${QUERY}`],
    ['with a path prefix', `https://chat.example.org/librechat/reset-password?${QUERY}`],
    ['without DOMAIN_CLIENT', `undefined/reset-password?${QUERY}`],
    ['with an empty DOMAIN_CLIENT', `/reset-password?${QUERY}`],
    ['with the parameters the other way round', `/reset-password?userId=${USER_ID}&token=${TOKEN}`],
    ['with further parameters and a fragment', `/reset-password?a=b&${QUERY}&c#d?token=x`],
    ['from the HTML of a mail', `/reset-password?token&#x3D;${TOKEN}&amp;userId&#x3D;${USER_ID}`],
    [
      'from HTML with decimal and capital entities',
      `/reset-password?token&#61;${TOKEN}&#X26;userId&#61;${USER_ID}`,
    ],
  ])('%s', (_claim, link) => {
    expect(read(link)).toEqual({ token: TOKEN, accountId: USER_ID });
  });
});

describe('it is none', () => {
  test.each([
    ['without a query', 'http://localhost:3080/reset-password'],
    ['with another path', `http://localhost:3080/verify?${QUERY}`],
    ['with the path as a suffix of a longer name', `http://localhost:3080/xreset-password?${QUERY}`],
    ['without the token', `/reset-password?userId=${USER_ID}`],
    ['without the account', `/reset-password?token=${TOKEN}`],
    ['with a short token', `/reset-password?token=${TOKEN.slice(1)}&userId=${USER_ID}`],
    ['with a long token', `/reset-password?token=${TOKEN}0&userId=${USER_ID}`],
    ['with an account id that is none', `/reset-password?token=${TOKEN}&userId=me`],
    ['with two tokens', `/reset-password?${QUERY}&token=${TOKEN}`],
    ['with two accounts', `/reset-password?${QUERY}&userId=${USER_ID}`],
    ['when the entities were encoded twice', `/reset-password?token&amp;#x3D;${TOKEN}&amp;userId=${USER_ID}`],
    ['when the parameters stand in the fragment', `/reset-password#?${QUERY}`],
  ])('%s', (_claim, link) => {
    expect(read(link)).toBeUndefined();
  });
});

test('the token does not print', () => {
  expect(JSON.stringify(parseResetLink(`/reset-password?${QUERY}`))).not.toContain(TOKEN);
});

const hex = (length: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789abcdef')),
    minLength: length,
    maxLength: length,
  });
const encode = (link: string): string => link.replaceAll('&', '&amp;').replaceAll('=', '&#x3D;');

test('whatever the host and the encoding, token and account come back', () => {
  fc.assert(
    fc.property(fc.webUrl(), hex(64), hex(24), fc.boolean(), (host, token, accountId, html) => {
      const link = `${host.replace(/\/$/, '')}/reset-password?token=${token}&userId=${accountId}`;
      expect(read(html ? encode(link) : link)).toEqual({ token, accountId });
    }),
    { numRuns: 25_000 },
  );
});

const PIECES = [
  '&#x',
  '&#',
  '&amp;',
  ';',
  '3D',
  '?',
  '#',
  '%',
  '%zz',
  'token=',
  'userId=',
  '/reset-password',
  TOKEN,
  USER_ID,
  '&#x110000;',
  '&#9999999;',
  '\u0000',
  '😀',
];

test('no text makes it throw, and what it reads has the right form', () => {
  const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 5 })), { maxLength: 12 });
  fc.assert(
    fc.property(text, (pieces) => {
      const found = read(pieces.join('')) ?? { token: TOKEN, accountId: USER_ID };
      expect(found.token).toMatch(/^[0-9a-f]{64}$/i);
      expect(found.accountId).toMatch(/^[0-9a-f]{24}$/);
    }),
    { numRuns: 50_000 },
  );
});
