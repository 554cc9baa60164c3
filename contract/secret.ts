/**
 * A box for a value that must not be read by accident: it prints as `[secret]` in strings, JSON, `util.inspect`
 * and template literals. Passwords, tokens, cookies, reset links and keys travel in it.
 *
 * @example
 * const password = new Secret('hunter2hunter2');
 * `${password}`;        // '[secret]'
 * password.reveal();    // 'hunter2hunter2', to be called at the very edge
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Call it where it is used, never where it is passed on. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [Symbol.toPrimitive](): string {
    return '[secret]';
  }

  /** What `util.inspect` and `console.log` call; named like this, Node need not be imported. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[secret]';
  }
}
