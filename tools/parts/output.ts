import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const KEPT_LINES = 1_000;

/** What a process has printed, line by line, and a way to wait for a line. */
export class Output {
  readonly #lines: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();

  /** Reads a stream to its end. */
  follow(stream: Readable): void {
    createInterface({ input: stream }).on('line', (line) => {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      for (const listener of this.#listeners) listener(line);
    });
  }

  onLine(listener: (line: string) => void): void {
    this.#listeners.add(listener);
  }

  /** The newest lines, oldest first. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  /**
   * The first line that matches, among those printed already and those to come.
   *
   * @param ended settles when there will be no more lines
   */
  async waitForLine(pattern: RegExp, timeoutMs: number, ended: Promise<unknown>): Promise<string> {
    const printed = this.#lines.find((line) => pattern.test(line));
    if (printed !== undefined) return printed;
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const listener = (line: string): void => {
      if (pattern.test(line)) resolve(line);
    };
    const fail = (why: string): void =>
      reject(new Error(`No line matched ${pattern} ${why}. Its last lines:\n${this.last(20).join('\n')}`));
    const timer = setTimeout(() => fail(`in ${timeoutMs} ms`), timeoutMs);
    void ended.then(() => fail('before the process ended'));
    this.#listeners.add(listener);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }
}
