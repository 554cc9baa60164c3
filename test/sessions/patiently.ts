const TRIES = 5;

/**
 * Looks at something, again where that fails: a test process that the machine lets wait takes a quick time-out for a
 * Redis that is away, and meets connections that were closed for being idle.
 */
export async function patiently<Value>(look: () => Promise<Value>): Promise<Value> {
  for (let left = TRIES - 1; left > 0; left--) {
    try {
      return await look();
    } catch {
      // The last try tells.
    }
  }
  return look();
}
