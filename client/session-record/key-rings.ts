import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { parseKeys } from './key-text.ts';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 8;
const KEY_ID_DOMAIN = 'hestami-librechat/key-id:';

interface Key {
  readonly id: string;
  readonly bytes: Buffer;
}

/** AES-256-GCM keys, of which the first one seals and any of them opens. To replace a key, put the new one in front. */
export class SessionKeyRing {
  readonly #name: string;
  readonly #keys: readonly [Key, ...Key[]];

  constructor(name: string, keys: readonly [Buffer, ...Buffer[]]) {
    const [first, ...rest] = keys;
    this.#name = name;
    this.#keys = [withId(first), ...rest.map(withId)];
  }

  /** Of the key that seals: the first 8 hexadecimal digits of a SHA-256, safe to show. */
  get sealingKeyId(): string {
    return this.#keys[0].id;
  }

  /** Of all keys, in their order. */
  get keyIds(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** @returns IV ‖ ciphertext ‖ tag in base64url. `bound` is authenticated with it, but not contained. */
  seal(value: Secret, bound: string): string {
    // A random 96-bit IV is good for 2^32 records under one key: at 100 refreshes a second, for more than a year.
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.#keys[0].bytes, iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(Buffer.from(bound));
    const sealed = [cipher.update(value.reveal(), 'utf8'), cipher.final()];
    return Buffer.concat([iv, ...sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /**
   * The reverse of {@link SessionKeyRing.seal}.
   *
   * @throws BridgeError `RecordUnreadable` for an unknown key, and for anything that was altered, `bound` included
   */
  open(keyId: string, sealed: string, bound: string): Secret {
    const key = this.#keys.find(({ id }) => id === keyId);
    if (key === undefined) throw unreadable(`${this.#name} does not have the key ${keyId}`);
    const bytes = Buffer.from(sealed, 'base64url');
    // Node skips what is not base64url, so that one value would have many spellings.
    if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) throw unreadable();
    try {
      const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, IV_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAAD(Buffer.from(bound));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const value = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return new Secret(Buffer.concat([value, decipher.final()]).toString('utf8'));
    } catch {
      throw unreadable();
    }
  }
}

/**
 * Reads a key ring from its text form: 32-byte keys in base64url or base64, comma-separated.
 *
 * @param name the environment variable that the text came from
 * @throws BridgeError `ConfigurationInvalid`, naming the variable and the position of the key
 */
export function parseKeyRing(name: string, text: Secret): SessionKeyRing {
  return new SessionKeyRing(name, parseKeys(text, { name, padding: 'optional' }));
}

function withId(bytes: Buffer): Key {
  const id = createHash('sha256').update(KEY_ID_DOMAIN).update(bytes).digest('hex').slice(0, KEY_ID_LENGTH);
  return { id, bytes };
}

const unreadable = (detail = 'it was altered, or belongs to another user'): BridgeError =>
  new BridgeError('RecordUnreadable', { detail });
