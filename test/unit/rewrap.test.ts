import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import type { CredentialColumn } from '../../activities/rewrap/ports.ts';
import { rewrapColumn, surveyColumn, type RewrapProgress } from '../../activities/rewrap/rewrap.ts';
import { sealedDigest } from '../../activities/credential-rules.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { newKey } from '../../tools/world.ts';

const [oldKey, currentKey, lostKey] = [newKey(), newKey(), newKey()];
const MINTED_AT = 1_700_000_000;
const ringOf = (keys: string) => createKeyRing(new Secret(keys), { now: () => MINTED_AT * 1_000 });
const ring = createKeyRing(new Secret(`${currentKey},${oldKey}`));
const sealedBy = (key: string, password = 'correct horse battery'): string =>
  ringOf(key).seal(new Secret(password));

/** A column in memory, whose rows may be written by others `beforeWrite`. */
class FakeColumn implements CredentialColumn {
  readonly rows = new Map<string, string>();
  beforeWrite: (id: string) => void = () => undefined;

  async page(after: DjangoUserId | null, limit: number) {
    return [...this.rows]
      .filter(([id]) => after === null || Number(id) > Number(after))
      .sort(([one], [other]) => Number(one) - Number(other))
      .slice(0, limit)
      .map(([id, sealed]) => ({ djangoUserId: parseDjangoUserId(id), sealed }));
  }

  async sealedOf(user: DjangoUserId) {
    return this.rows.get(user) ?? null;
  }

  async replaceSealed(user: DjangoUserId, expectedDigest: string, sealed: string) {
    this.beforeWrite(user);
    const stored = this.rows.get(user);
    if (stored === undefined || sealedDigest(stored) !== expectedDigest) return false;
    this.rows.set(user, sealed);
    return true;
  }
}

function columnOf(sealed: readonly string[]): FakeColumn {
  const column = new FakeColumn();
  for (const [index, token] of sealed.entries()) column.rows.set(String(index + 1), token);
  return column;
}

describe('the ring', () => {
  test('seals the same secret under its first key, with the same time and another IV', () => {
    const sealed = sealedBy(oldKey);
    const result = ring.rewrap(sealed);
    if (result.kind !== 'rewrapped') throw new Error(result.kind);
    const opened = createKeyRing(new Secret(currentKey)).open(result.sealed);
    expect(opened.password.reveal()).toBe('correct horse battery');
    expect(opened.mintedAtSeconds).toBe(MINTED_AT);
    expect(ring.rewrap(sealed)).not.toEqual(result);
    expect(ring.rewrap(result.sealed)).toEqual({ kind: 'current' });
  });

  test('tells what is no token from what none of its keys opens', () => {
    expect(ring.rewrap(sealedBy(lostKey))).toEqual({ kind: 'unknown-key' });
    for (const value of ['garbage', 'gAAAAA', sealedBy(oldKey).slice(0, -4), `${sealedBy(oldKey)}\n`])
      expect(ring.rewrap(value)).toEqual({ kind: 'no-token' });
  });

  test('keeps every byte, also of what is no text', () => {
    const key = Buffer.from(oldKey, 'base64url');
    const cipher = createCipheriv('aes-128-cbc', key.subarray(16), Buffer.alloc(16));
    const value = Buffer.from([0xff, 0xfe, 0x80, 0x00, 0x41]);
    const signed = Buffer.concat([
      Buffer.from(sealedBy(oldKey), 'base64url').subarray(0, 9),
      Buffer.alloc(16),
      cipher.update(value),
      cipher.final(),
    ]);
    const hmac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest();
    const token = Buffer.concat([signed, hmac]).toString('base64url');
    const result = ring.rewrap(token + '='.repeat((4 - (token.length % 4)) % 4));
    if (result.kind !== 'rewrapped') throw new Error(result.kind);
    const back = createKeyRing(new Secret(`${oldKey},${currentKey}`)).rewrap(result.sealed);
    if (back.kind !== 'rewrapped') throw new Error(back.kind);
    // The same length of ciphertext: three bytes that are no UTF-8 would have become nine.
    expect(Buffer.from(back.sealed, 'base64url')).toHaveLength(Buffer.from(token, 'base64url').length);
    expect(decrypted(back.sealed, key)).toEqual(value);
  });
});

function decrypted(token: string, key: Buffer): Buffer {
  const bytes = Buffer.from(token, 'base64url');
  const decipher = createDecipheriv('aes-128-cbc', key.subarray(16), bytes.subarray(9, 25));
  return Buffer.concat([decipher.update(bytes.subarray(25, -32)), decipher.final()]);
}

describe('a rewrap', () => {
  test('changes what is under an older key, and counts the rest', async () => {
    const rows = [sealedBy(oldKey), sealedBy(currentKey), 'garbage', sealedBy(lostKey), sealedBy(oldKey)];
    const column = columnOf(rows);
    const counts = { rewrapped: 2, current: 1, noToken: 1, unknownKey: 1, contested: 0, cursor: '5' };
    expect(await surveyColumn(column, ring)).toEqual({ ...counts, unreadable: ['3', '4'] });
    expect([...column.rows.values()]).toEqual(rows);
    expect(await rewrapColumn(column, ring)).toEqual({ ...counts, unreadable: ['3', '4'] });
    expect(column.rows.get('2')).toBe(rows[1]);
    expect(column.rows.get('3')).toBe('garbage');
    expect(column.rows.get('4')).toBe(rows[3]);
    expect(await surveyColumn(column, ring)).toMatchObject({ rewrapped: 0, current: 3 });
  });

  test('does not overwrite what a rotation writes in between, but rewraps that', async () => {
    const column = columnOf([sealedBy(oldKey), sealedBy(oldKey), sealedBy(oldKey)]);
    const byRotation = new Map([
      ['1', sealedBy(currentKey, 'rotated by a new worker')],
      ['2', sealedBy(oldKey, 'rotated by an old worker')],
    ]);
    column.beforeWrite = (id) => {
      const sealed = byRotation.get(id);
      if (sealed !== undefined) column.rows.set(id, sealed);
      byRotation.delete(id);
    };
    expect(await rewrapColumn(column, ring)).toMatchObject({ rewrapped: 2, current: 1 });
    const passwords = [...column.rows.values()].map((sealed) =>
      createKeyRing(new Secret(currentKey)).open(sealed).password.reveal(),
    );
    expect(passwords).toEqual([
      'rotated by a new worker',
      'rotated by an old worker',
      'correct horse battery',
    ]);
  });

  test('passes over a row that goes, or is emptied, and gives up on one that never rests', async () => {
    const column = columnOf([sealedBy(oldKey), sealedBy(oldKey)]);
    column.beforeWrite = (id) => {
      if (id === '1') column.rows.delete(id);
      else column.rows.set(id, sealedBy(oldKey, `password ${Math.random()}`));
    };
    expect(await rewrapColumn(column, ring)).toMatchObject({ rewrapped: 0, current: 1, contested: 1 });
  });

  test('stops after a page and goes on where it was', async () => {
    const column = columnOf(Array.from({ length: 1_200 }, () => sealedBy(oldKey)));
    const stop = new AbortController();
    const pages: RewrapProgress[] = [];
    const onPage = (progress: RewrapProgress): void => {
      pages.push(progress);
      stop.abort();
    };
    const first = await rewrapColumn(column, ring, { stop: stop.signal, onPage });
    expect(first).toMatchObject({ rewrapped: 500, cursor: '500' });
    expect(pages).toEqual([first]);
    const rest = await rewrapColumn(column, ring, { after: first.cursor ?? undefined });
    expect(rest).toMatchObject({ rewrapped: 700, current: 0, cursor: '1200' });
  });

  test('an empty column is done at once', async () => {
    expect(await rewrapColumn(new FakeColumn(), ring)).toMatchObject({ rewrapped: 0, cursor: null });
  });

  test('a database that goes away ends it, and the last page says how far it was', async () => {
    const column = columnOf(Array.from({ length: 1_200 }, () => sealedBy(oldKey)));
    let last: RewrapProgress | undefined;
    column.beforeWrite = (id) => {
      if (id === '700') throw new Error('away');
    };
    const run = rewrapColumn(column, ring, { onPage: (progress) => (last = progress) });
    await expect(run).rejects.toThrow('away');
    expect(last).toMatchObject({ cursor: '500', rewrapped: 500 });
  });
});
