import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { budgetKey, createRateBudget, type RedisRateBudget } from '../../activities/adapters/rate-budget.ts';
import { createRedisConnection } from '../../activities/adapters/redis-connection.ts';
import { MemoryBudget } from '../../activities/pacing/memory-budget.ts';
import { PLANS } from '../../activities/pacing/plans.ts';
import type { RateBudget, RouteAnswer, Taken } from '../../activities/pacing/ports.ts';
import { LIMITED_ROUTES } from '../../activities/pacing/rules.ts';
import { createSharedBudget } from '../../activities/pacing/shared-budget.ts';
import { Secret } from '../../contract/secret.ts';
import { eventually } from '../setup/eventually.ts';
import { redisUrl } from '../setup/parts.ts';
import { TcpProxy } from '../setup/tcp-proxy.ts';
import { rateBudgetSuite } from '../suites/rate-budget.ts';

const BEGIN = 1_800_000_000_123;
/** A LibreChat that no other test calls. */
const anyUrl = (): string => `http://${randomUUID()}`;

const budgetOf = (libreChatUrl: string, now?: () => number): RedisRateBudget =>
  createRateBudget({ url: new Secret(redisUrl()), libreChatUrl, ...(now === undefined ? {} : { now }) });

rateBudgetSuite({
  async create() {
    const clock = { now: BEGIN };
    const url = anyUrl();
    const budget = budgetOf(url, () => clock.now);
    const redis = createRedisConnection({ url: new Secret(redisUrl()) });
    return {
      budget,
      clock,
      async plansHeld() {
        const stored: unknown = JSON.parse((await redis.commands.get(budgetKey(url))) ?? '');
        return Object.keys((stored as { leases: object }).leases).length;
      },
      close: async () => void (await Promise.all([budget.disconnect(), redis.close()])),
    };
  },
});

const granted = (all: readonly Taken[]): number => all.filter((taken) => taken.granted).length;

describe('workers that share a LibreChat', () => {
  test('never take more than its limits between them, by the clock of Redis', async () => {
    const url = anyUrl();
    const workers = Array.from({ length: 4 }, () => budgetOf(url));
    // Connected, so that the takes are not late before they begin.
    await Promise.all(workers.map((worker) => worker.limits()));
    const plans = Array.from({ length: 60 }, (_, index) =>
      index % 2 === 0 ? PLANS.openUnlinked : PLANS.verify,
    );
    const all = await Promise.all(
      plans.map(async (plan, index) => ({
        plan,
        taken: await workers[index % 4]?.take(plan, 'interactive'),
      })),
    );
    const logins = all.reduce((sum, { plan, taken }) => sum + (taken?.granted === true ? plan.login : 0), 0);
    expect(logins).toBe(7);
    await Promise.all(workers.map((worker) => worker.disconnect()));
  });

  test('are promised no more rotations together than there is room for', async () => {
    const url = anyUrl();
    const workers = [budgetOf(url), budgetOf(url)];
    for (const route of ['requestPasswordReset', 'resetPassword'] as const)
      await workers[0]?.learn(route, { kind: 'unlimited' }, 'none');
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => workers[index % 2]?.promise(PLANS.rotate, 1)),
    );
    expect(answers.reduce((sum, answer) => sum + (answer?.granted ?? 0), 0)).toBe(4);
    await Promise.all(workers.map((worker) => worker.disconnect()));
  });

  test('of another LibreChat know nothing of it', async () => {
    const [one, other] = [budgetOf(anyUrl()), budgetOf(anyUrl())];
    await one.learn('login', { kind: 'unlimited' }, 'none');
    expect((await one.limits()).login.limit).toBeNull();
    expect((await other.limits()).login.limit).toBe(7);
    await Promise.all([one.disconnect(), other.disconnect()]);
  });
});

describe('the rule', () => {
  const route = fc.constantFrom(...LIMITED_ROUTES);
  const plan = fc.dictionary(route, fc.integer({ min: 1, max: 3 }), { minKeys: 1 });
  const answer: fc.Arbitrary<RouteAnswer> = fc.oneof(
    fc.constant({ kind: 'unknown' as const }),
    fc.constant({ kind: 'unsent' as const }),
    fc.constant({ kind: 'unlimited' as const }),
    fc.record({ kind: fc.constant('refused' as const), retryInMs: fc.integer({ min: 0, max: 90_000 }) }),
    fc
      .record({
        limit: fc.integer({ min: 0, max: 9 }),
        used: fc.integer({ min: 1, max: 9 }),
        saidAt: fc.integer({ min: 1_000, max: 1_300 }),
        left: fc.integer({ min: 0, max: 200 }),
      })
      .map(({ limit, used, saidAt, left }) => ({
        kind: 'limits' as const,
        limit,
        remaining: Math.max(0, limit - used),
        resetInMs: left * 1_000,
        windowEnd: saidAt + left,
        saidAt,
      })),
  );
  const step = fc.oneof(
    fc.record({
      do: fc.constant('take' as const),
      plan,
      kind: fc.constantFrom('interactive' as const, 'bulk' as const),
    }),
    fc.record({ do: fc.constant('learn' as const), route, answer, lease: fc.nat({ max: 5 }) }),
    fc.record({ do: fc.constant('giveBack' as const), lease: fc.nat({ max: 5 }) }),
    fc.record({ do: fc.constant('promise' as const), plan, want: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 200_000 }) }),
  );

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** What a budget answers to all that; leases by their number, since each has names of its own. */
  async function answers(budget: RateBudget, clock: { now: number }, steps: readonly Step[]) {
    const leases: string[] = [];
    const heard: unknown[] = [];
    for (const next of steps) {
      if (next.do === 'pass') clock.now += next.ms;
      if (next.do === 'learn') await budget.learn(next.route, next.answer, leases.at(-next.lease) ?? 'none');
      if (next.do === 'giveBack') await budget.giveBack(leases.at(-next.lease) ?? 'none');
      if (next.do === 'promise') heard.push(await budget.promise(next.plan, next.want));
      if (next.do === 'take') {
        const taken = await budget.take(next.plan, next.kind);
        heard.push(taken.granted ? 'granted' : taken);
        if (taken.granted) leases.push(taken.lease);
      }
    }
    const { login, register } = await budget.limits();
    return [...heard, login.limit, login.windowMs, register.limit, register.windowLearned];
  }

  test('is the same in Redis and in memory', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const clocks = [{ now: BEGIN }, { now: BEGIN }] as const;
        const redis = budgetOf(anyUrl(), () => clocks[0].now);
        const memory = new MemoryBudget({ now: () => clocks[1].now });
        try {
          expect(await answers(redis, clocks[0], steps)).toEqual(await answers(memory, clocks[1], steps));
        } finally {
          await redis.disconnect();
        }
      }),
      { numRuns: 150 },
    );
  });
});

test('a worker goes on by itself while Redis is away, and shares again when it is back', async () => {
  const url = new URL(redisUrl());
  await using proxy = new TcpProxy({ host: url.hostname, port: Number(url.port || 6379) });
  await proxy.open();
  url.host = `127.0.0.1:${proxy.port}`;
  const libreChatUrl = anyUrl();
  const shared = createRateBudget({ url: new Secret(url.href), libreChatUrl });
  const told: string[] = [];
  const budget = createSharedBudget({
    shared,
    own: new MemoryBudget(),
    onAway: () => told.push('away'),
    onBack: () => told.push('back'),
  });
  const other = budgetOf(libreChatUrl);
  await budget.take({ login: 7 }, 'interactive');
  await proxy.cut();
  expect(granted([await budget.take({ login: 7 }, 'interactive')])).toBe(1);
  expect(told).toEqual(['away']);
  await proxy.open();
  await eventually('Redis is used again', async () => {
    await budget.limits();
    return told.includes('back');
  });
  expect(granted([await budget.take({ login: 1 }, 'interactive')])).toBe(0);
  expect(granted([await other.take({ login: 1 }, 'interactive')])).toBe(0);
  await Promise.all([shared.disconnect(), other.disconnect()]);
});
