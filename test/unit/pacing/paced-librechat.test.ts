import { beforeEach, describe, expect, test } from '@jest/globals';
import type { AnswerSeen } from '../../../activities/adapters/librechat/index.ts';
import { createCallWatch } from '../../../activities/pacing/call-watch.ts';
import { MemoryBudget } from '../../../activities/pacing/memory-budget.ts';
import { paced, type Breakers } from '../../../activities/pacing/paced-librechat.ts';
import { PLANS } from '../../../activities/pacing/plans.ts';
import type { RateBudget, WorkKind } from '../../../activities/pacing/ports.ts';
import { createRotationBudget } from '../../../activities/pacing/rotation-budget.ts';
import type { LibreChat } from '../../../activities/ports/librechat.ts';
import { BridgeError, type ErrorCode } from '../../../contract/errors.ts';
import { Secret } from '../../../contract/secret.ts';
import { fakeLibreChat, type FakeLibreChat } from '../../fakes/librechat.ts';

const ADA = { address: 'ada@example.com', password: new Secret('a-long-password') };

let fake: FakeLibreChat;
let budget: RateBudget;
let breakers: Breakers;
let now: number;
let answers: Partial<AnswerSeen>;

beforeEach(() => {
  fake = fakeLibreChat();
  now = 1_800_000_000_000;
  budget = new MemoryBudget({ now: () => now });
  breakers = { troubles: new Map() };
  answers = { rateLimit: undefined, code: 'Unrecognized' };
});

/** A paced LibreChat, whose answers tell of limits what `answers` says. */
function access(kind: WorkKind): LibreChat {
  const watch = createCallWatch();
  const seen = { route: 'login', status: 200, durationMs: 1, rateLimit: undefined, code: undefined } as const;
  const answering: LibreChat = {
    ...fake,
    async login(credential) {
      try {
        return await fake.login(credential);
      } finally {
        watch.onAnswer({ ...seen, saidAtSeconds: Math.floor(now / 1_000), ...answers });
      }
    },
  };
  return paced(answering, { budget, breakers, watch, kind, now: () => now });
}

/** The code that a call ends with, or undefined. */
async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof BridgeError ? error.code : 'a defect';
  }
}

/** Takes away whatever is left of a route. */
async function exhaust(route: 'login' | 'requestPasswordReset'): Promise<void> {
  while ((await budget.take({ [route]: 1 }, 'interactive')).granted);
}

const freeLogins = async (): Promise<number> => {
  for (let free = 0; ; free++) if (!(await budget.take({ login: 1 }, 'interactive')).granted) return free;
};

describe('a call', () => {
  test('is taken from the budget before it is made', async () => {
    expect(await access('interactive').login(ADA)).toEqual({ kind: 'unknown-address' });
    expect(await freeLogins()).toBe(6);
  });

  test('for which there is no room is not made', async () => {
    await exhaust('login');
    await expect(access('interactive').login(ADA)).rejects.toMatchObject({
      code: 'RateLimited',
      retryAfterSeconds: 1,
    });
    expect(fake.calls).toEqual([]);
  });

  test('that throws has been made all the same', async () => {
    fake.refuseNext('login', new BridgeError('EmailNotVerified'));
    expect(await codeOf(access('interactive').login(ADA))).toBe('EmailNotVerified');
    expect(await freeLogins()).toBe(6);
  });

  test('teaches the budget what its own answer said, whatever runs beside it', async () => {
    const seconds = Math.floor(now / 1_000);
    const rateLimit = {
      limit: 40,
      remaining: 38,
      resetAtSeconds: seconds + 60,
      retryAfterSeconds: undefined,
    };
    answers = { rateLimit };
    const libreChat = access('interactive');
    await Promise.all([libreChat.login(ADA), libreChat.login(ADA)]);
    expect((await budget.limits()).login).toMatchObject({ limit: 40, limitLearned: true });
    expect(await freeLogins()).toBe(38);
  });

  test('of a route without limit is never refused', async () => {
    await exhaust('login');
    await exhaust('requestPasswordReset');
    expect(await access('bulk').refresh(new Secret('none'))).toEqual({ kind: 'refused' });
  });
});

describe('a plan', () => {
  test('is taken as a whole before anything is called', async () => {
    await exhaust('requestPasswordReset');
    const work = access('interactive').budgeted(PLANS.rotate, (libreChat) => libreChat.login(ADA));
    expect(await codeOf(work)).toBe('RateLimited');
    expect(fake.calls).toEqual([]);
  });

  test('has room for all its calls, even if others take the rest meanwhile', async () => {
    const outcome = await access('bulk').budgeted(PLANS.verifyInDoubt, async (libreChat) => {
      await exhaust('login');
      await exhaust('requestPasswordReset');
      await libreChat.requestPasswordReset(ADA.address);
      return libreChat.login(ADA);
    });
    expect(outcome).toEqual({ kind: 'unknown-address' });
  });

  test('gives back what was not called, also when the work fails', async () => {
    const work = access('interactive').budgeted({ login: 5 }, async (libreChat) => {
      await libreChat.login(ADA);
      throw new BridgeError('Drift');
    });
    expect(await codeOf(work)).toBe('Drift');
    expect(await freeLogins()).toBe(6);
  });

  test('is finished beyond what was foreseen, from the share of interactive work if need be', async () => {
    const outcome = await access('bulk').budgeted({ login: 4 }, async (libreChat) => {
      for (let count = 0; count < 4; count++) await libreChat.login(ADA);
      return libreChat.login(ADA);
    });
    expect(outcome).toEqual({ kind: 'unknown-address' });
  });

  test('of bulk work leaves a share to interactive work, unless it was begun before', async () => {
    const plan = { login: 5 };
    const work = (libreChat: LibreChat) => libreChat.login(ADA);
    // More than the share is cut to it; with one call less in the window it does not fit.
    await access('interactive').login(ADA);
    expect(await codeOf(access('bulk').budgeted(plan, work))).toBe('RateLimited');
    expect(await codeOf(access('bulk').budgeted(plan, work, { begun: true }))).toBeUndefined();
  });
});

describe('while everybody is answered with an error of the system', () => {
  async function failAll(code: ErrorCode): Promise<void> {
    for (let count = 0; count < 5; count++) {
      fake.refuseNext('requestPasswordReset', new BridgeError(code));
      await codeOf(access('interactive').requestPasswordReset(`somebody-${count}@example.com`));
      now += 120_000;
    }
    fake.calls.length = 0;
  }

  test('bulk work waits, and does not fail with the error', async () => {
    await failAll('ResetUnavailable');
    now -= 120_000;
    await expect(
      access('bulk').budgeted(PLANS.rotate, (libreChat) => libreChat.login(ADA)),
    ).rejects.toMatchObject({ code: 'RateLimited', retryAfterSeconds: 30 });
    expect(fake.calls).toEqual([]);
  });

  test('the fleet is told why', async () => {
    await failAll('AccountBanned');
    const rotations = createRotationBudget(budget, breakers, () => now);
    expect(rotations.trouble()).toBeUndefined();
    now -= 120_000;
    expect(rotations.trouble()).toBe('AccountBanned');
  });

  test('the fleet is told no more when an operator says that it is over, and bulk work goes on', async () => {
    await failAll('AccountBanned');
    now -= 120_000;
    createRotationBudget(budget, breakers, () => now).trust();
    expect(standing()).toBeUndefined();
    expect(await codeOf(access('bulk').requestPasswordReset(ADA.address))).toBeUndefined();
  });

  test('one piece of bulk work tries after a while, and the others see what comes of it', async () => {
    await failAll('AccountBanned');
    const bulk = access('bulk');
    const others: (string | undefined)[] = [];
    await bulk.budgeted(PLANS.verifyInDoubt, async (libreChat) => {
      expect(standing()).toBeUndefined();
      others.push(await codeOf(bulk.requestPasswordReset(ADA.address)));
      await libreChat.requestPasswordReset(ADA.address);
    });
    others.push(await codeOf(bulk.login(ADA)));
    expect(others).toEqual(['RateLimited', undefined]);
    expect(standing()).toBeUndefined();
  });

  const standing = (): ErrorCode | undefined => createRotationBudget(budget, breakers, () => now).trouble();

  test('interactive work goes on, and so does what was begun', async () => {
    await failAll('AccountBanned');
    now -= 1_000;
    const work = (libreChat: LibreChat) => libreChat.requestPasswordReset(ADA.address);
    expect(await codeOf(access('bulk').budgeted(PLANS.rotate, work, { begun: true }))).toBeUndefined();
    expect(await codeOf(access('interactive').requestPasswordReset(ADA.address))).toBeUndefined();
  });

  test('a code of one user is not one of the system, and neither is a limit', async () => {
    for (const code of ['AddressRefused', 'RateLimited'] as const) await failAll(code);
    now -= 120_000;
    expect(standing()).toBeUndefined();
  });

  test('an outcome that nobody knows counts as what kept it unknown', async () => {
    for (let count = 0; count < 5; count++) {
      fake.loseNextAnswer('resetPassword');
      const input = {
        accountId: String(count).repeat(24) as never,
        token: new Secret('t'),
        password: ADA.password,
      };
      await access('interactive').resetPassword(input);
    }
    expect(standing()).toBe('UpstreamUnavailable');
  });
});
