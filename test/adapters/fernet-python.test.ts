import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { Secret } from '../../contract/secret.ts';
import { askPython, preparePython } from '../setup/fernet-peer.ts';
import { seededRandom } from '../setup/seeded-random.ts';

const newKey = (): string => `${randomBytes(32).toString('base64url')}=`;
const FIRST_USE_MS = 300_000;
const NOW = 1_800_000_000;

beforeAll(() => preparePython(), FIRST_USE_MS);

const PASSWORDS = [
  'x',
  'correct horse battery',
  ' !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~',
  'y'.repeat(72),
  '',
  'pässwörter 🔑',
].concat(Array.from({ length: 50 }, (_, index) => 'z'.repeat(index)));

test('what Python seals is opened here, with its time', async () => {
  const keys = newKey();
  const tokens = await askPython(
    PASSWORDS.map((password, index) => ({ do: 'seal', keys, text: password, at: NOW + index })),
  );
  const opened = tokens.map((token) => createKeyRing(new Secret(keys)).open(String(token)));
  expect(opened.map(({ password }) => password.reveal())).toEqual(PASSWORDS);
  expect(opened.map(({ mintedAtSeconds }) => mintedAtSeconds)).toEqual(
    PASSWORDS.map((_, index) => NOW + index),
  );
});

test('what is sealed here is opened by Python, with its time', async () => {
  const keys = newKey();
  const ring = createKeyRing(new Secret(keys), { now: () => NOW * 1000 });
  const requests = PASSWORDS.map(
    (password) => ({ do: 'open', keys, text: ring.seal(new Secret(password)) }) as const,
  );
  expect(await askPython(requests)).toEqual(PASSWORDS.map((password) => ({ password, at: NOW })));
});

test('both sides seal with the first key of a list and open with any', async () => {
  const [old, current] = [newKey(), newKey()];
  const both = `${current},${old}`;
  const ofOld = createKeyRing(new Secret(old)).seal(new Secret('sealed by the old key'));
  const [sealed, opened] = await askPython([
    { do: 'seal', keys: both, text: 'sealed by Python', at: NOW },
    { do: 'open', keys: `${old} , ${current}`, text: ofOld },
  ]);
  expect(createKeyRing(new Secret(current)).open(String(sealed)).password.reveal()).toBe('sealed by Python');
  expect(opened).toMatchObject({ password: 'sealed by the old key' });
});

test('MultiFernet.rotate seals under the first key and keeps the time, so the credential does not look younger', async () => {
  const [old, current] = [newKey(), newKey()];
  const minted = createKeyRing(new Secret(old), { now: () => NOW * 1000 }).seal(new Secret('same as before'));
  const [rewrapped] = await askPython([{ do: 'rotate', keys: `${current},${old}`, text: minted }]);
  const opened = createKeyRing(new Secret(current)).open(String(rewrapped));
  expect(opened.password.reveal()).toBe('same as before');
  expect(opened.mintedAtSeconds).toBe(NOW);
});

test('a key in the standard alphabet means the same to both', async () => {
  const keys = Buffer.from(`fbff${'ab'.repeat(30)}`, 'hex').toString('base64');
  expect(keys).toContain('+');
  const [token] = await askPython([{ do: 'seal', keys, text: 'hello', at: NOW }]);
  expect(createKeyRing(new Secret(keys)).open(String(token)).password.reveal()).toBe('hello');
});

test('whatever Python refuses is refused here', async () => {
  const keys = newKey();
  const ring = createKeyRing(new Secret(keys));
  const token = ring.seal(new Secret('correct horse battery'));
  const random = seededRandom();
  const altered = Array.from({ length: 5000 }, () => {
    const at = random.below(token.length);
    const by = 'ABab01-_+/= \n%'.charAt(random.below(14));
    const variants = [
      token.slice(0, at) + by + token.slice(at + 1),
      token.slice(0, at) + by + token.slice(at),
      token.slice(0, at),
    ];
    return variants[random.below(3)] ?? '';
  });
  const answers = await askPython(altered.map((text) => ({ do: 'open', keys, text })));
  const takenHere = altered.map((text) => {
    try {
      ring.open(text);
      return true;
    } catch {
      return false;
    }
  });
  const laxer = altered.filter(
    (_, index) => takenHere[index] && (answers[index] as { refused?: string }).refused !== undefined,
  );
  expect({ seed: random.seed, laxer }).toEqual({ seed: random.seed, laxer: [] });
});
