import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  openAccessToken,
  openRefreshToken,
  parseKeyRing,
  readRecord,
  sealRecord,
} from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { newKey, outcome, sealedRecord, session, USER } from '../setup/sealed-record.ts';

test('a record comes back as it was sealed', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const record = readRecord(raw);
  expect(record).toMatchObject({
    epoch: 1_800_000_000_000,
    accountId: session.accountId,
    expiresAt: session.expiresAt,
    sessionEndsAt: session.sessionEndsAt,
  });
  expect(openAccessToken(record, USER, sessionKeys).reveal()).toBe(session.accessToken.reveal());
  expect(openRefreshToken(record, USER, refreshKeys).reveal()).toBe(session.refreshToken.reveal());
});

test('a record shows neither token, and never looks the same twice', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const texts = [
    raw,
    ...raw.split('"').map((part) => Buffer.from(part, 'base64url').toString('latin1')),
  ].join();
  expect(texts).not.toContain('of a test');
  expect(sealRecord(USER, 1_800_000_000_000, session, { sessionKeys, refreshKeys })).not.toBe(raw);
});

test('a record that was moved to another user does not open', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const other = parseDjangoUserId('43');
  expect(outcome(() => openAccessToken(readRecord(raw), other, sessionKeys))).toBe('RecordUnreadable');
  expect(outcome(() => openRefreshToken(readRecord(raw), other, refreshKeys))).toBe('RecordUnreadable');
});

test('a record does not open under another key, and the error names both', () => {
  const { raw } = sealedRecord();
  const others = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(newKey()));
  const record = readRecord(raw);
  expect(() => openAccessToken(record, USER, others)).toThrow(
    `LIBRECHAT_SESSION_KEY does not have the key ${record.accessKeyId}`,
  );
});

test('the session key does not open the refresh token, nor the other way round', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const record = readRecord(raw);
  expect(outcome(() => openAccessToken(record, USER, refreshKeys))).toBe('RecordUnreadable');
  expect(outcome(() => openRefreshToken(record, USER, sessionKeys))).toBe('RecordUnreadable');
});

test('parts of two records of one user do not go together', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const [one, two] = [
    readRecord(raw),
    readRecord(sealRecord(USER, 1_800_000_000_001, session, { sessionKeys, refreshKeys })),
  ];
  for (const field of ['epoch', 'accessToken', 'refreshToken'] as const) {
    expect(outcome(() => openAccessToken({ ...one, [field]: two[field] }, USER, sessionKeys))).toBe(
      'RecordUnreadable',
    );
  }
});

test('the first key of a ring seals, and any of them opens', () => {
  const { sessionKeys, refreshKeys } = sealedRecord();
  const [old, current] = [newKey(), newKey()];
  const before = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(old));
  const during = parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(`${current},${old}`));
  const raw = sealRecord(USER, 1, session, { sessionKeys: before, refreshKeys });
  expect(outcome(() => openAccessToken(readRecord(raw), USER, during))).toBe(session.accessToken.reveal());
  const renewed = readRecord(sealRecord(USER, 2, session, { sessionKeys: during, refreshKeys }));
  expect(renewed.accessKeyId).toBe(during.keyIds[0]);
  expect(outcome(() => openAccessToken(renewed, USER, before))).toBe('RecordUnreadable');
  expect(sessionKeys.keyIds).toHaveLength(1);
});

test.each([
  ['padded base64', (bytes: Buffer) => bytes.toString('base64')],
  ['base64url', (bytes: Buffer) => bytes.toString('base64url')],
  ['padded base64url with blanks around it', (bytes: Buffer) => ` ${bytes.toString('base64url')}=\n`],
])('a key may be written in %s', (_how, write) => {
  const bytes = randomBytes(32);
  const [ring, plain] = [write(bytes), bytes.toString('base64url')].map((text) =>
    parseKeyRing('K', new Secret(text)),
  );
  expect(ring?.sealingKeyId).toBe(plain?.sealingKeyId);
  expect(ring?.sealingKeyId).toMatch(/^[0-9a-f]{8}$/);
});

test.each([
  ['', 'LIBRECHAT_SESSION_KEY: key 1 is empty'],
  [`${newKey()},${randomBytes(31).toString('base64url')}`, 'LIBRECHAT_SESSION_KEY: key 2 is not 32 bytes'],
  [randomBytes(32).toString('hex'), 'LIBRECHAT_SESSION_KEY: key 1 is not 32 bytes'],
])('a wrong key is named by variable and position (%#)', (text, problem) => {
  expect(() => parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(text))).toThrow(problem);
  expect(() => parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(text))).toThrow(BridgeError);
});

test.each([
  ['nothing', ''],
  ['null', 'null'],
  ['a list', '[]'],
  ['text', '"text"'],
  ['not JSON', '{'],
  ['an empty object', '{}'],
  ['a megabyte', `{"version":1,"epoch":"${'x'.repeat(1_000_000)}"}`],
])('what was never a record is unreadable: %s', (_what, raw) => {
  expect(() => readRecord(raw)).toThrow(expect.objectContaining({ code: 'RecordUnreadable' }));
});

test.each<[string, (raw: string) => string]>([
  ['a blank at the end', (raw) => `${raw} `],
  ['a blank inside', (raw) => raw.replace(':', ': ')],
  ['an escape', (raw) => raw.replace('"epoch"', String.raw`"\u0065poch"`)],
  ['a number in another spelling', (raw) => raw.replace('1800000000000', '1.8e12')],
  ['a negative zero behind the point', (raw) => raw.replace('1800000000000', '1800000000000.0')],
  ['a field twice', (raw) => raw.replace('"epoch"', '"epoch":1,"epoch"')],
  ['a field more', (raw) => raw.replace('"epoch"', '"admin":true,"epoch"')],
  ['a prototype', (raw) => raw.replace('"epoch"', '"__proto__":{},"epoch"')],
  ['a field less', (raw) => raw.replace(/"epoch":[0-9]+,/, '')],
  ['another version', (raw) => raw.replace('"version":1', '"version":2')],
  ['padding behind a token', (raw) => raw.replace('"}', '="}')],
  [
    'another order',
    (raw) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(raw) as object).toReversed())),
  ],
])('only one spelling of a record is read: %s', (_what, alter) => {
  const { raw } = sealedRecord();
  const altered = alter(raw);
  expect(altered).not.toBe(raw);
  expect(() => readRecord(altered)).toThrow(expect.objectContaining({ code: 'RecordUnreadable' }));
});

test('a sealed token has one spelling: bits that base64 ignores are not ignored', () => {
  const { sessionKeys, refreshKeys } = sealedRecord();
  // 10 bytes: with IV and tag 38, so that the last character has two bits to spare.
  const short = { ...session, accessToken: new Secret('ten bytes.') };
  const record = readRecord(sealRecord(USER, 1, short, { sessionKeys, refreshKeys }));
  const taken = Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_').filter(
    (last) => {
      const accessToken = record.accessToken.slice(0, -1) + last;
      return outcome(() => openAccessToken({ ...record, accessToken }, USER, sessionKeys)) === 'ten bytes.';
    },
  );
  expect(taken).toEqual([record.accessToken.slice(-1)]);
});
