import { expect, test } from '@jest/globals';
import {
  openAccessToken,
  openRefreshToken,
  readRecord,
  sealRecord,
} from '../../client/session-record/index.ts';
import { Secret } from '../../contract/secret.ts';
import { outcome, sealedRecord, session, USER } from '../setup/sealed-record.ts';
import { seededRandom } from '../setup/seeded-random.ts';

test('a hundred thousand altered records are refused with a typed error', () => {
  const { sessionKeys, refreshKeys, raw } = sealedRecord();
  const other = sealRecord(USER, 1_800_000_000_001, session, { sessionKeys, refreshKeys });
  const random = seededRandom();
  const reached = { malformed: 0, sealed: 0 };
  const { stackTraceLimit } = Error;
  // Most of the time would go into stacks that nobody looks at.
  Error.stackTraceLimit = 0;
  for (let round = 0; round < 100_000; round++) {
    const altered = round % 4 === 0 ? alterField(raw, other, random) : alterText(raw, random);
    if (altered === raw || altered === other) continue;
    const found = outcome(() => {
      const record = readRecord(altered);
      reached.sealed++;
      const refreshToken = outcome(() => openRefreshToken(record, USER, refreshKeys));
      // It does not vouch for the sealed access token, which it has no use for.
      if (refreshToken !== 'RecordUnreadable' && refreshToken !== session.refreshToken.reveal())
        return new Secret('altered');
      return openAccessToken(record, USER, sessionKeys);
    });
    if (found !== 'RecordUnreadable')
      throw new Error(`seed ${random.seed}, round ${round}: ${found} for ${altered}`);
  }
  Error.stackTraceLimit = stackTraceLimit;
  reached.malformed = 100_000 - reached.sealed;
  // Both lines of defence were put to the test.
  expect(reached.sealed).toBeGreaterThan(20_000);
  expect(reached.malformed).toBeGreaterThan(20_000);
});

type Random = ReturnType<typeof seededRandom>;

const CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/="{}:,.e \\\n\0é';

function alterText(raw: string, random: Random): string {
  const at = random.below(raw.length);
  const character = CHARACTERS.charAt(random.below(CHARACTERS.length));
  switch (random.below(4)) {
    case 0:
      return raw.slice(0, at) + character + raw.slice(at + 1);
    case 1:
      return raw.slice(0, at) + character + raw.slice(at);
    case 2:
      return raw.slice(0, at) + raw.slice(at + 1 + random.below(20));
    default:
      return raw.slice(0, at) + raw.slice(random.below(raw.length));
  }
}

/** Alters one value and keeps the record well-formed, so that only the seal can notice. */
function alterField(raw: string, other: string, random: Random): string {
  const fields = Object.entries(JSON.parse(raw) as Record<string, unknown>);
  const others = JSON.parse(other) as Record<string, unknown>;
  const chosen = 1 + random.below(fields.length - 1);
  const alter = (name: string, value: unknown): unknown => {
    if (random.below(4) === 0) return others[name];
    if (typeof value === 'number') return value + 1 + random.below(1_000_000);
    const text = String(value);
    if (name.endsWith('Token')) return flipBit(text, random);
    const at = random.below(text.length);
    return text.slice(0, at) + '0123456789abcdef'.charAt(random.below(16)) + text.slice(at + 1);
  };
  return JSON.stringify(
    Object.fromEntries(fields.map(([name, value], at) => [name, at === chosen ? alter(name, value) : value])),
  );
}

function flipBit(sealed: string, random: Random): string {
  const bytes = Buffer.from(sealed, 'base64url');
  const at = random.below(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  return bytes.toString('base64url');
}
