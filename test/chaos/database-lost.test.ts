import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { eventually } from '../setup/eventually.ts';
import { testGround } from './ground.ts';
import { lookBefore, problemsOf, type Before } from './inspect.ts';
import { openSlot, provisionSubject, rotate, type Rotation, type Slot, type Subject } from './slot.ts';

const SILENCE_MS = 300;

/** Where in a rotation the database is lost. */
const PLACES = [
  { about: 'before the link is made', route: 'requestPasswordReset', at: 'before' },
  { about: 'when the older links are deleted', route: 'requestPasswordReset', at: 'old-links-deleted' },
  { about: 'before the link is looked for', route: 'resetPassword', at: 'before' },
  { about: 'before the password is written', route: 'resetPassword', at: 'token-matched' },
  { about: 'when the password is written', route: 'resetPassword', at: 'password-written' },
  { about: 'before the verifying login', route: 'login', at: 'before' },
] as const;
type Place = (typeof PLACES)[number];

/** One rotation, held at its place when the database goes. */
interface Case {
  readonly subject: Subject;
  readonly before: Before;
  readonly rotation: Rotation;
  /** Whether there was a session record while the database was away. */
  hadRecord: boolean;
}

let slot: Slot;
const cases = new Map<Place, Case>();

beforeAll(async () => {
  slot = await openSlot(testGround());
  const { control } = slot.world.standIn;
  // LibreChat's limits are learned from its answers. With its defaults, two calls that are held are a wait for all others.
  await (await rotate(slot.world, await provisionSubject(slot))).result();
  const subjects = await Promise.all(PLACES.map(() => provisionSubject(slot)));
  const befores = await Promise.all(subjects.map((subject) => lookBefore(slot, subject)));
  // All at once, since a worker gives a call up after 8 s.
  await Promise.all(
    PLACES.map(async (place, index) => {
      const [subject, before] = [subjects[index], befores[index]];
      if (subject === undefined || before === undefined) return;
      const point = { route: place.route, at: place.at, address: subject.address };
      await control.fault({ ...point, action: 'hold' });
      const rotation = await rotate(slot.world, subject);
      await control.held(point);
      cases.set(place, { subject, before, rotation, hadRecord: false });
    }),
  );
  await control.settings({ databaseLost: true, databaseSilenceMs: SILENCE_MS });
  await control.release();
  for (const one of cases.values()) {
    await eventually('an attempt after the one that was hit has failed too', () => suffered(one));
    one.hadRecord = (await slot.sessions.records.read(parseDjangoUserId(one.subject.id))) !== null;
  }
  await control.settings({ databaseLost: false });
});
afterAll(async () => {
  await slot[Symbol.asyncDispose]();
});

/** The rotation that could not be verified ends at once, all others try again. */
async function suffered({ rotation }: Case): Promise<boolean> {
  const { raw, status } = await rotation.describe();
  return status.name === 'COMPLETED' || (raw.pendingActivities?.[0]?.attempt ?? 0) > 2;
}

const caseAt = (place: Place): Case => {
  const found = cases.get(place);
  if (found === undefined) throw new Error(`No case ${place.about}`);
  return found;
};

describe('a LibreChat that loses its database in the middle of a rotation', () => {
  test.each(PLACES)('$about: nothing is concluded or thrown away, and all goes on', async (place) => {
    const { subject, before, rotation, hadRecord } = caseAt(place);
    const { outcome } = await rotation.result();
    expect(hadRecord).toBe(true);
    // A slow machine may have given the reset up before: then the login that was hit only asked what became of it.
    if (place.route === 'login' && outcome !== 'rotated') {
      expect(outcome).toBe('unverified');
      expect((await slot.world.database.user(subject.id)).librechat_synced_at).toBeNull();
      expect((await (await rotate(slot.world, subject, 'repair')).result()).outcome).toBe('intact');
    } else expect(outcome).toBe('rotated');
    const expected = { passwords: 2, sessionMayBeOver: false, logs: slot.worker.log };
    expect(await problemsOf(slot, subject, before, expected)).toEqual([]);
  });
});
