const PATTERNS: readonly (readonly [RegExp, string])[] = [
  // Also a piece of one: assertion messages shorten long texts.
  [/eyJ[\w-]{6,}(?:\.[\w-]*)*/g, '[token]'],
  [/\b[0-9a-f]{40,64}\b/gi, '[link token]'],
];

/** The secrets of a run, so that no report shows one. */
export class Mask {
  readonly #secrets = new Set<string>();

  /** Hides this word from now on. */
  add(secret: string): void {
    this.#secrets.add(secret);
  }

  /** The text without passwords, tokens, cookies and links. */
  hide(text: string): string {
    let hidden = text;
    for (const secret of this.#secrets) hidden = hidden.replaceAll(secret, '[password]');
    for (const [pattern, word] of PATTERNS) hidden = hidden.replaceAll(pattern, word);
    return hidden;
  }
}
