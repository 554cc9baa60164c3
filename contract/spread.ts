/**
 * Where a text lies among all texts, in [0, 1]: the same at all times and in a replay, and neighbouring ids lie far apart.
 * It spreads users over time and over shards. FNV-1a with a final mix: workflow code has no `crypto`.
 */
export function spread(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return ((hash ^ (hash >>> 15)) >>> 0) / 0xffff_ffff;
}

/** A factor around 1 for this text, in [1 - share, 1 + share]: what would happen to all at once happens over a while. */
export const spreadAround = (text: string, share: number): number => 1 - share + 2 * share * spread(text);
