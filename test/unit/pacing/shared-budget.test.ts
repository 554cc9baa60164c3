import { expect, test } from '@jest/globals';
import { MemoryBudget } from '../../../activities/pacing/memory-budget.ts';
import type { RateBudget } from '../../../activities/pacing/ports.ts';
import { createSharedBudget } from '../../../activities/pacing/shared-budget.ts';
import { BridgeError } from '../../../contract/errors.ts';

/** A shared budget that can be away, the one of this process, and what was told of it. */
function setup() {
  const clock = { now: 1_800_000_000_000 };
  const now = (): number => clock.now;
  const shared = new MemoryBudget({ now });
  const own = new MemoryBudget({ now });
  const state = { away: false, asked: 0, told: [] as string[] };
  const reached = async <Value>(call: () => Promise<Value>): Promise<Value> => {
    state.asked++;
    if (state.away) throw new BridgeError('SessionStoreUnavailable');
    return call();
  };
  const wire: RateBudget = {
    take: (plan, kind) => reached(() => shared.take(plan, kind)),
    learn: (route, answer, lease) => reached(() => shared.learn(route, answer, lease)),
    giveBack: (lease) => reached(() => shared.giveBack(lease)),
    promise: (plan, want) => reached(() => shared.promise(plan, want)),
    limits: () => reached(() => shared.limits()),
  };
  const budget = createSharedBudget({
    shared: wire,
    own,
    now,
    onAway: () => state.told.push('away'),
    onBack: () => state.told.push('back'),
  });
  return { budget, shared, own, state, clock };
}

test('while Redis is there, everything is taken from the shared budget', async () => {
  const { budget, shared, own } = setup();
  await budget.take({ login: 7 }, 'interactive');
  expect(await shared.take({ login: 1 }, 'interactive')).toMatchObject({ granted: false });
  expect(await own.take({ login: 7 }, 'interactive')).toMatchObject({ granted: true });
});

test('the own budget knows what LibreChat said before Redis went away', async () => {
  const { budget, state } = setup();
  await budget.learn('login', { kind: 'unlimited' }, 'none');
  state.away = true;
  expect((await budget.limits()).login.limit).toBeNull();
});

test('Redis going away and coming back is told once each, and stops nobody', async () => {
  const { budget, state, clock } = setup();
  state.away = true;
  for (let count = 0; count < 3; count++) {
    clock.now += 1_000;
    expect(await budget.take({ login: 1 }, 'interactive')).toMatchObject({ granted: true });
  }
  state.away = false;
  clock.now += 1_000;
  for (let count = 0; count < 3; count++) await budget.take({ login: 1 }, 'interactive');
  expect(state.told).toEqual(['away', 'back']);
});

test('a Redis that does not answer is asked once a second, not by every call', async () => {
  const { budget, state, clock } = setup();
  state.away = true;
  for (let count = 0; count < 20; count++) await budget.limits();
  expect(state.asked).toBe(1);
  clock.now += 1_000;
  await budget.limits();
  expect(state.asked).toBe(2);
});

test('what was taken while Redis was away is given back to where it was taken from', async () => {
  const { budget, state, own, clock } = setup();
  state.away = true;
  const taken = await budget.take({ login: 7 }, 'interactive');
  state.away = false;
  clock.now += 1_000;
  await budget.giveBack(taken.granted ? taken.lease : '');
  expect(await own.take({ login: 7 }, 'interactive')).toMatchObject({ granted: true });
});
