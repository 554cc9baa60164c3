/** The time that the classes of a look share (ms): what was found is worth more than what might be. */
const LONGEST_LOOK_MS = 8_000;

/** When no further class is started (ms): its first page has to end before the attempt does. */
const LATEST_BEGIN_MS = 12_000;

/** When a class is looked at: its first page always, unless the ones before took far too long, and more while time is left. */
export interface Turn {
  readonly mayBegin: boolean;
  /** Asked before each further page. */
  readonly mayGoOn: () => boolean;
}

/**
 * Gives each class of a look a fair share of what is left of its time, so that a class with thousands of blocked rows, and a
 * Temporal whose lists are slow, keep no other class from being looked at.
 *
 * @param classes how many there are
 * @param clock milliseconds since some fixed moment
 * @returns begins the turn of the next class
 */
export function createTurns(classes: number, clock: () => number): () => Turn {
  const beganAt = clock();
  let left = classes;
  return () => {
    const at = clock();
    const endsAt = at + (beganAt + LONGEST_LOOK_MS - at) / left--;
    return { mayBegin: at < beganAt + LATEST_BEGIN_MS, mayGoOn: () => clock() < endsAt };
  };
}
