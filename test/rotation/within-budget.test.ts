import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createCallWatch } from '../../activities/pacing/call-watch.ts';
import { MemoryBudget } from '../../activities/pacing/memory-budget.ts';
import { paced, type Breakers } from '../../activities/pacing/paced-librechat.ts';
import type { CallPlan, WorkKind } from '../../activities/pacing/ports.ts';
import { applyWithinBudget } from '../../activities/rotation/apply-within-budget.ts';
import { openAccount } from '../../activities/provisioning/open-account.ts';
import { verifyCredential } from '../../activities/rotation/verify.ts';
import type { MintedCredential } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { setup, type RotationBench } from './setup.ts';

let bench: RotationBench;
let budget: MemoryBudget;
let breakers: Breakers;
let users = 0;

beforeAll(async () => {
  bench = await setup();
});
beforeEach(() => {
  budget = new MemoryBudget();
  breakers = { troubles: new Map() };
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** The services of a worker that keeps to the budget. */
function services(kind: WorkKind = 'bulk') {
  const libreChat = paced(bench.services.libreChat, { budget, breakers, watch: createCallWatch(), kind });
  return { ...bench.services, libreChat };
}

const newUser = (): Promise<string> => bench.provisioned(`within-budget-${++users}@example.com`);

async function outcomeOf(step: Promise<{ readonly outcome: string }>): Promise<string> {
  try {
    return (await step).outcome;
  } catch (error) {
    if (error instanceof BridgeError) return error.code;
    throw error;
  }
}

function apply(id: string, minted: MintedCredential, attempt: number): Promise<string> {
  const { password: secret, mintedAtSeconds } = bench.services.keyRing.open(minted.sealed);
  const rotation = {
    user: parseDjangoUserId(id),
    reason: 'scheduled' as const,
    minted: { sealed: minted.sealed, secret, mintedAtSeconds },
  };
  const held = { ...heldAttempt, number: attempt };
  return outcomeOf(applyWithinBudget(services(), rotation, minted.expected, held));
}

/** Takes calls away for as long as a lease lasts. */
async function holdAll(plan: CallPlan): Promise<string> {
  const taken = await budget.take(plan, 'interactive');
  if (!taken.granted) throw new Error('There was no room');
  return taken.lease;
}

const callsSoFar = async (): Promise<Record<string, number>> => {
  const { routes } = await bench.control.counters();
  return Object.fromEntries(Object.entries(routes).map(([name, { calls }]) => [name, calls]));
};

describe('a rotation', () => {
  test.each<[string, CallPlan]>([
    ['the login that verifies it', { login: 7 }],
    ['the reset link', { requestPasswordReset: 2 }],
  ])('for which there is no room for %s touches neither LibreChat nor the row', async (_, plan) => {
    const id = await newUser();
    const minted = await bench.mint(id);
    const before = await callsSoFar();
    await holdAll(plan);
    expect(await apply(id, minted, 1)).toBe('RateLimited');
    expect(await callsSoFar()).toEqual(before);
    expect((await bench.database.user(id)).librechat_synced_at).not.toBeNull();
  });

  test('that waited goes on at the next attempt, and is carried out once', async () => {
    const id = await newUser();
    const minted = await bench.mint(id);
    const lease = await holdAll({ login: 7 });
    for (const attempt of [1, 2]) expect(await apply(id, minted, attempt)).toBe('RateLimited');
    await budget.giveBack(lease);
    const before = await callsSoFar();
    expect(await apply(id, minted, 3)).toBe('rotated');
    expect(await bench.rowOpens(id)).toBe(true);
    const after = await callsSoFar();
    expect((after['resetPassword'] ?? 0) - (before['resetPassword'] ?? 0)).toBe(1);
  });

  test('whose reset may have been heard does not stand behind interactive work', async () => {
    const id = await newUser();
    const minted = await bench.mint(id);
    await bench.control.fault({ route: 'resetPassword', at: 'password-written', action: 'drop' });
    expect(await apply(id, minted, 1)).toBe('ResetUnknown');
    // Less than bulk work has to leave.
    await holdAll({ requestPasswordReset: 1, login: 5 });
    const other = await newUser();
    expect(await apply(other, await bench.mint(other), 2)).toBe('RateLimited');
    expect(await apply(id, minted, 2)).toBe('rotated');
    expect(await bench.rowOpens(id)).toBe(true);
  });
});

describe('other work', () => {
  test('a sign-up for which there is no room has its password in the row, and is not begun at LibreChat', async () => {
    const id = await bench.database.addUser({ email: `within-budget-${++users}@example.com` });
    const lease = await holdAll({ login: 6 });
    const open = (): Promise<string> =>
      outcomeOf(openAccount(services('interactive'), parseDjangoUserId(id), heldAttempt));
    const before = await callsSoFar();
    expect(await open()).toBe('RateLimited');
    expect(await callsSoFar()).toEqual(before);
    const sealed = (await bench.database.user(id)).librechat_password_encrypted;
    expect(sealed).not.toBeNull();
    await budget.giveBack(lease);
    expect(await open()).toBe('provisioned');
    expect((await bench.database.user(id)).librechat_password_encrypted).toBe(sealed);
  });

  test('a look at a row that is not in doubt needs no room for a reset link', async () => {
    const id = await newUser();
    await holdAll({ requestPasswordReset: 2 });
    const verify = (): Promise<string> =>
      outcomeOf(verifyCredential(services(), parseDjangoUserId(id), () => undefined));
    expect(await verify()).toBe('intact');
    await bench.database.owner.query('UPDATE users_user SET librechat_synced_at = NULL WHERE id = $1', [id]);
    expect(await verify()).toBe('RateLimited');
  });
});
