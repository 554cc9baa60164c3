import { describe, expect, test } from '@jest/globals';
import {
  afterAdmission,
  afterCall,
  standsInTheWay,
  type Troubles,
} from '../../../activities/pacing/breakers.ts';
import type { ErrorCode } from '../../../contract/errors.ts';

/** What happens at a route: a success, a code, an admission of bulk work, or seconds that pass. */
type Event = 'ok' | 'admitted' | ErrorCode | number;

/** For how many seconds bulk work on the route `login` waits after all that; undefined: it does not. */
function waitAfter(...events: readonly Event[]): number | undefined {
  let troubles: Troubles = new Map();
  let now = 0;
  for (const event of events) {
    if (typeof event === 'number') now += event * 1_000;
    else if (event === 'admitted') troubles = afterAdmission(troubles, ['login'], now);
    else troubles = afterCall(troubles, 'login', event === 'ok' ? undefined : event, now);
  }
  const found = standsInTheWay(troubles, ['login'], now);
  return found && found.waitMs / 1_000;
}

const times = (count: number, code: ErrorCode): ErrorCode[] => Array.from({ length: count }, () => code);
const open = times(5, 'AccountBanned');
const away = times(5, 'UpstreamUnavailable');

test.each<[string, readonly Event[], number | undefined]>([
  ['nothing', [], undefined],
  ['four failures with one code', times(4, 'AccountBanned'), undefined],
  ['five', open, 30],
  ['five with a success in between', [...times(4, 'AccountBanned'), 'ok', 'AccountBanned'], undefined],
  ['five with two codes', [...times(3, 'AccountBanned'), ...times(4, 'Unrecognized')], undefined],
  ['five, and 29 s', [...open, 29], 1],
  ['five, and 30 s', [...open, 30], undefined],
  ['an answer that was under way when it opened', [...open, 10, 'AccountBanned'], 20],
  ['a success while it is open', [...open, 10, 'ok'], undefined],
  ['one that was let through after the wait', [...open, 30, 'admitted'], 2],
  ['one that was let through and is never heard of again', [...open, 30, 'admitted', 30], undefined],
  ['one that was let through and failed', [...open, 30, 'admitted', 1, 'AccountBanned'], 30],
  ['one that was let through and succeeded', [...open, 30, 'admitted', 1, 'ok'], undefined],
  ['an admission where nothing is open', [...times(4, 'AccountBanned'), 'admitted'], undefined],
  ['a second failure', [...open, 30, 'AccountBanned', 40, 'AccountBanned'], 30],
])('after %s', (_, events, expected) => {
  expect(waitAfter(...events)).toBe(expected);
});

test.each([
  [['ada', 'ada', 'ada', 'ada', 'ada', 'ada'], false],
  [['ada', 'ada', 'ada', 'grace', 'ada', 'grace'], false],
  [['ada', 'ada', 'ada', 'grace', 'mary'], true],
  [['ada', 'grace', 'mary', 'ada'], false],
])('what one or two accounts meet again and again is not what everybody meets: %j', (people, opens) => {
  let troubles: Troubles = new Map();
  for (const whom of people) troubles = afterCall(troubles, 'login', 'UpstreamUnavailable', 0, whom);
  expect(standsInTheWay(troubles, ['login'], 1) !== undefined).toBe(opens);
});

describe('work that calls several routes', () => {
  let troubles: Troubles = new Map();
  for (const code of away) troubles = afterCall(troubles, 'register', code, 0);
  for (const code of open) troubles = afterCall(troubles, 'login', code, 5_000);

  test('waits for the one that takes longest', () => {
    expect(standsInTheWay(troubles, ['register', 'login'], 10_000)).toEqual({
      code: 'AccountBanned',
      waitMs: 25_000,
    });
  });

  test('does not wait for routes that it does not call', () => {
    expect(standsInTheWay(troubles, ['resetPassword'], 10_000)).toBeUndefined();
  });
});
