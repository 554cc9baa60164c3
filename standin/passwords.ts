import bcryptjs from 'bcryptjs';
import type { Settings } from './settings.ts';

/** Bodies are not checked before they reach bcryptjs, so it is declared with what it really gets. */
interface Bcrypt {
  compareSync(plaintext: unknown, hash: string): boolean;
  hashSync(plaintext: unknown, cost: number): string;
}
const bcrypt: Bcrypt = bcryptjs;

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

  hash(plaintext: unknown): string {
    this.bcrypts += 1;
    return bcrypt.hashSync(plaintext, this.#settings.bcryptCost);
  }

  matches(plaintext: unknown, hash: string): boolean {
    this.bcrypts += 1;
    return bcrypt.compareSync(plaintext, hash);
  }
}
