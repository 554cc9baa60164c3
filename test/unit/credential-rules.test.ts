import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { isUsablePassword, mintPassword, sealedDigest } from '../../activities/credential-rules.ts';
import { Secret } from '../../contract/secret.ts';

test('a minted password is 32 letters and digits, usable, and never the same again', () => {
  const minted = Array.from({ length: 1000 }, () => mintPassword());
  for (const password of minted) {
    expect(password.reveal()).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(isUsablePassword(password)).toBe(true);
  }
  expect(new Set(minted.map((password) => password.reveal())).size).toBe(1000);
  expect(String(minted[0])).toBe('[secret]');
});

test('all 62 characters are minted equally often', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 4000; i++) {
    for (const character of mintPassword().reveal()) counts.set(character, (counts.get(character) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  const expected = (4000 * 32) / 62;
  const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 61 degrees of freedom: a fair source exceeds this once in 10^8 runs, the remainder of a byte (256 mod 62) always.
  expect(chiSquared).toBeLessThan(149);
});

test.each([
  ['8 characters', 'abcdefgh', true],
  ['72 characters', 'x'.repeat(72), true],
  ['all of printable ASCII', ' !"#$%&\'()*+,-./0123456789:;<=>?@[\\]^_`{|}~', true],
  ['blanks inside', 'correct horse', true],
  ['7 characters', 'abcdefg', false],
  ['73 characters', 'x'.repeat(73), false],
  ['nothing', '', false],
  ['only blanks', ' '.repeat(12), false],
  ['a line break', 'abcdefgh\n', false],
  ['a tab', 'abcd\tefgh', false],
  ['a NUL, at which bcrypt may stop', 'abcd\0efgh', false],
  ['a DEL', 'abcdefgh\u007F', false],
  ['an umlaut', 'pässwörter', false],
  ['an emoji', 'abcdefgh🔑', false],
])('usable or not: %s', (_what, password, usable) => {
  expect(isUsablePassword(new Secret(password))).toBe(usable);
});

test('a digest is the SHA-256 of the token, as PostgreSQL computes it', () => {
  expect(sealedDigest('gAAAAAB')).toBe(createHash('sha256').update('gAAAAAB').digest('hex'));
  expect(sealedDigest('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
});
