import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Aftermath } from './paused-aftermath.ts';
import { PLACES, type Place } from './paused-places.ts';
import { STORIES, type Story } from './paused-stories.ts';
import { pausedTrial } from './paused-trial.ts';

const LONGEST_MS = 300_000;
/** So many workers are being started at once; all others wait for a minute to pass. */
const PREPARED_AT_ONCE = 2;

interface Variant {
  readonly where: keyof typeof PLACES;
  readonly what: keyof typeof STORIES;
}

const VARIANTS: readonly Variant[] = [
  { where: 'its task has come, and is not begun', what: 'the user signs out' },
  { where: 'it has read the record, and is about to refresh', what: 'the user is deactivated' },
  { where: 'its refresh is on its way', what: 'another worker renews the session' },
  { where: 'it holds a refreshed session', what: 'the user signs out' },
  { where: 'it holds a refreshed session', what: 'the password is rotated' },
  { where: 'it holds a session that it has logged in for', what: 'the user signs out and in again' },
  { where: 'its publication is on its way', what: 'another worker renews the session' },
  { where: 'its publication is on its way', what: 'the user signs out' },
  { where: 'its publication is done, whose answer lies unread', what: 'nothing else happens' },
];

let places = PREPARED_AT_ONCE;
const waiting: (() => void)[] = [];

/** Does the work when it is its turn. */
async function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  if (places === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  else places--;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next === undefined) places++;
    else next();
  }
}

const trials = new Map<Variant, Promise<Aftermath>>();

// All side by side: each of them waits for a minute.
beforeAll(() => {
  for (const variant of VARIANTS) {
    const [place, story]: [Place, Story] = [PLACES[variant.where], STORIES[variant.what]];
    trials.set(variant, pausedTrial(place, story, inTurn));
  }
  void Promise.allSettled(trials.values());
});

/** What is to be when others have left a session, or none. */
const untouched = (session: boolean): Aftermath => ({
  recordKept: true,
  epochKept: true,
  refreshed: 0,
  loggedIn: 0,
  sessions: session ? 1 : 0,
  refresh: session ? 200 : undefined,
  login: 'own account',
  leaked: [],
});

describe('a worker that stood still for a minute when', () => {
  test.each(VARIANTS)(
    '$where, and meanwhile $what, changes nothing that others have done, and leaves no session of its own',
    async (variant) => {
      expect(await trials.get(variant)).toEqual(untouched(STORIES[variant.what].session));
    },
    LONGEST_MS,
  );
});
