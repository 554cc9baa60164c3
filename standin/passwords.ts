import { compareSync, hashSync } from 'bcryptjs';
import type { Settings } from './settings.ts';

/**
 * bcrypt as LibreChat uses it: bcryptjs, synchronous, so that one hash stops the whole process for its duration.
 * A wrong type throws bcryptjs's own text, which the reset route hands to the client.
 */
export class Passwords {
  readonly #settings: Settings;
  bcrypts = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  hash(plaintext: string): string {
    this.bcrypts += 1;
    return hashSync(plaintext, this.#settings.bcryptCost);
  }

  matches(plaintext: string, hash: string): boolean {
    this.bcrypts += 1;
    return compareSync(plaintext, hash);
  }
}
