import { createHash, randomInt } from 'node:crypto';
import { MINTED_PASSWORD_LENGTH, PASSWORD_BYTES } from '../contract/numbers.ts';
import { Secret } from '../contract/secret.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new password: 32 characters `[A-Za-z0-9]` from a CSPRNG. `randomInt` rejects instead of taking a remainder. */
export function mintPassword(): Secret {
  const characters = Array.from({ length: MINTED_PASSWORD_LENGTH }, () =>
    ALPHABET.charAt(randomInt(ALPHABET.length)),
  );
  return new Secret(characters.join(''));
}

/**
 * Whether LibreChat can ever accept it: 8–72 bytes of printable ASCII that are not only blanks. Its schema trims and asks
 * for 8 characters, and bcrypt ignores what comes after 72 bytes, so a longer one would open with any other ending.
 */
export function isUsablePassword(password: Secret): boolean {
  const value = password.reveal();
  const { min, max } = PASSWORD_BYTES;
  return value.length >= min && value.length <= max && /^[\x20-\x7e]*$/.test(value) && value.trim() !== '';
}

/** A day, in seconds. */
export const FAR_AHEAD_SECONDS = 86_400;

/** Whether a token's time (both in seconds since 1970) is of a clock that was wrong: as good as of unknown age. */
export const isFarAhead = (mintedAt: number, now: number): boolean => mintedAt > now + FAR_AHEAD_SECONDS;

/** SHA-256 in hexadecimal of a sealed password: names it in a compare-and-set without carrying it around. */
export function sealedDigest(sealed: string): string {
  return createHash('sha256').update(sealed).digest('hex');
}

/** What the column of a row holds, to name it in a write; null: nothing. */
export const digestOf = ({ sealedPassword }: { readonly sealedPassword: string | null }): string | null =>
  sealedPassword === null ? null : sealedDigest(sealedPassword);
