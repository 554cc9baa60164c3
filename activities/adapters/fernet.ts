import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { parseKeys } from '../../client/session-record/key-text.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { isFarAhead } from '../credential-rules.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import type { Rewrapped, RewrapRing } from '../rewrap/ports.ts';

/*
 * A Fernet token (https://github.com/fernet/spec), in padded base64url:
 *   version 0x80 ‖ time, 64-bit big-endian seconds ‖ IV, 16 bytes ‖ AES-128-CBC with PKCS #7 ‖ HMAC-SHA256 of all before
 * A key is 32 bytes: the first half signs, the second encrypts.
 */
const VERSION = 0x80;
const CIPHER = 'aes-128-cbc';
const BLOCK_BYTES = 16;
const HALF_KEY_BYTES = 16;
const TIME_AT = 1;
const IV_AT = 9;
const CIPHERTEXT_AT = 25;
const HMAC_BYTES = 32;
const MIN_BYTES = CIPHERTEXT_AT + BLOCK_BYTES + HMAC_BYTES;

const BASE64URL = /^[A-Za-z0-9_-]+={0,2}$/;

/** What may be replaced in a test. */
export interface FernetSources {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly iv?: () => Buffer;
}

/**
 * Fernet with a ring of keys, by the rules of Python's `MultiFernet`: the first key seals, any of them opens. It reads
 * what Python's `cryptography` writes and the other way round. The age of a token is never a reason to refuse it.
 *
 * @param keys one key or several, comma-separated: 32 bytes in base64url or base64 with padding, as Python demands
 * @throws BridgeError `ConfigurationInvalid`, naming the position of the key
 */
export function createKeyRing(keys: Secret, sources: FernetSources = {}): KeyRing & RewrapRing {
  return new FernetKeyRing(
    parseKeys(keys, { name: 'LIBRECHAT_ENCRYPTION_KEY', padding: 'required' }),
    sources,
  );
}

class FernetKeyRing implements KeyRing, RewrapRing {
  readonly #keys: readonly [Buffer, ...Buffer[]];
  readonly #now: () => number;
  readonly #iv: () => Buffer;

  constructor(keys: readonly [Buffer, ...Buffer[]], sources: FernetSources) {
    this.#keys = keys;
    this.#now = sources.now ?? Date.now;
    this.#iv = sources.iv ?? (() => randomBytes(BLOCK_BYTES));
  }

  open(sealed: string): { readonly password: Secret; readonly mintedAtSeconds: number } {
    const token = tokenOf(sealed);
    if (token === undefined) throw keyMissing('it is no Fernet token');
    for (const key of this.#keys) {
      const value = openWith(key, token);
      if (value !== undefined)
        return {
          password: new Secret(value.toString('utf8')),
          mintedAtSeconds: Number(token.readBigUInt64BE(TIME_AT)),
        };
    }
    const count = this.#keys.length;
    throw keyMissing(count === 1 ? 'the one key does not open it' : `none of the ${count} keys opens it`);
  }

  seal(password: Secret, options: { readonly afterSeconds?: number } = {}): string {
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(sealingTime(Math.floor(this.#now() / 1000), options.afterSeconds)));
    return this.#sealAt(time, Buffer.from(password.reveal(), 'utf8'));
  }

  rewrap(sealed: string): Rewrapped {
    const token = tokenOf(sealed);
    if (token === undefined) return { kind: 'no-token' };
    const [current, ...older] = this.#keys;
    if (openWith(current, token) !== undefined) return { kind: 'current' };
    for (const key of older) {
      const value = openWith(key, token);
      if (value !== undefined)
        return { kind: 'rewrapped', sealed: this.#sealAt(token.subarray(TIME_AT, IV_AT), value) };
    }
    return { kind: 'unknown-key' };
  }

  #sealAt(time: Buffer, value: Buffer): string {
    const [key] = this.#keys;
    const iv = this.#iv();
    const cipher = createCipheriv(CIPHER, key.subarray(HALF_KEY_BYTES), iv);
    const sealed = [cipher.update(value), cipher.final()];
    const signed = Buffer.concat([Buffer.of(VERSION), time, iv, ...sealed]);
    return encode(Buffer.concat([signed, hmacOf(key, signed)]));
  }
}

/** Strictly after the token that is replaced, so that the newer one of two is always known; unless its clock was wrong. */
function sealingTime(now: number, after: number | undefined): number {
  if (after === undefined || isFarAhead(after, now)) return now;
  return Math.max(now, after + 1);
}

/** The bytes that were sealed. They have to be text only where they are read as text. */
function openWith(key: Buffer, token: Buffer): Buffer | undefined {
  const signed = token.subarray(0, -HMAC_BYTES);
  if (!timingSafeEqual(hmacOf(key, signed), token.subarray(-HMAC_BYTES))) return undefined;
  const iv = token.subarray(IV_AT, CIPHERTEXT_AT);
  const decipher = createDecipheriv(CIPHER, key.subarray(HALF_KEY_BYTES), iv);
  try {
    const value = decipher.update(signed.subarray(CIPHERTEXT_AT));
    return Buffer.concat([value, decipher.final()]);
  } catch {
    // The padding is wrong although the signature is right: sealed by something that is not Fernet.
    return undefined;
  }
}

function hmacOf(key: Buffer, signed: Buffer): Buffer {
  return createHmac('sha256', key.subarray(0, HALF_KEY_BYTES)).update(signed).digest();
}

function encode(token: Buffer): string {
  return token.toString('base64url') + '='.repeat((3 - (token.length % 3)) % 3);
}

function tokenOf(sealed: string): Buffer | undefined {
  if (!BASE64URL.test(sealed)) return undefined;
  const token = Buffer.from(sealed, 'base64url');
  // One token, one spelling: neither missing padding nor bits that are set and then ignored.
  if (encode(token) !== sealed) return undefined;
  if (token.length < MIN_BYTES || token[0] !== VERSION) return undefined;
  return (token.length - CIPHERTEXT_AT - HMAC_BYTES) % BLOCK_BYTES === 0 ? token : undefined;
}

const keyMissing = (detail: string): BridgeError => new BridgeError('KeyMissing', { detail });
