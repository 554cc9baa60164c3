import assert from 'node:assert/strict';
import { says } from '../answers.ts';
import type { ContractCase, CostName } from '../contract-case.ts';
import type { CaseContext } from '../context.ts';
import type { Reply } from '../http.ts';
import { limitOf, VARIABLES, type Limit } from '../server.ts';

const route = 'limits';
/** Limits above this were raised; going to them would take too long. */
const SMALL = 10;
const BROKEN = { rawJson: '{' } as const;

interface LimitedRoute {
  readonly name: CostName;
  readonly path: string;
  readonly refusal: RegExp;
}

const LIMITED: readonly LimitedRoute[] = [
  {
    name: 'logins',
    path: 'login',
    refusal: /^Too many login attempts, please try again after (\S+) minutes\.$/,
  },
  {
    name: 'registrations',
    path: 'register',
    refusal: /^Too many accounts created, please try again after (\S+) minutes$/,
  },
  {
    name: 'resets',
    path: 'requestPasswordReset',
    refusal: /^Too many attempts, please try again after (\S+) minute\(s\)$/,
  },
];

/** A call that changes nothing. */
const idle = (context: CaseContext, path: string, headers: Record<string, string>): Promise<Reply> =>
  context.auth(path, { json: {}, headers });

function limitIn(reply: Reply): Limit {
  return limitOf(reply) ?? assert.fail(`expected X-RateLimit headers, got a ${reply.status} without`);
}

const slots = ({ path }: LimitedRoute): ContractCase => ({
  route,
  claim: `${path}: X-RateLimit-* on each answer; a validation failure takes a slot, a syntax error none`,
  cost: {},
  async run(context) {
    const headers = context.ownClient();
    const first = limitIn(await idle(context, path, headers));
    if (first.max < 2) context.skip(`the limit is ${first.max}`);
    assert.equal(limitOf(await context.auth(path, { ...BROKEN, headers })), undefined);
    const second = limitIn(await idle(context, path, headers));
    assert.deepEqual([second.max, second.remaining], [first.max, first.remaining - 1]);
    // A store that keeps durations may round differently.
    const moved = Math.abs(second.resetsAt - first.resetsAt);
    assert.ok(moved <= 1, `expected one end of the window, got one ${moved} s away`);
    const secondsLeft = first.resetsAt - Date.now() / 1000;
    assert.ok(secondsLeft > -60, `expected X-RateLimit-Reset in seconds since 1970, got ${first.resetsAt}`);
  },
});

const atTheLimit = ({ name, path, refusal }: LimitedRoute): ContractCase => ({
  route,
  claim: `${path}: at the limit 429 with its text and Retry-After, which counts down; others go on`,
  cost: {},
  async run(context) {
    const max = context.server.limits[name]?.max ?? context.skip('no limiter here');
    if (max > SMALL) context.skip(`${VARIABLES[name]} is ${max} here, more than ${SMALL}`);
    const headers = context.ownClient();
    for (let n = 1; n <= max; n += 1) {
      const reply = await idle(context, path, headers);
      assert.notEqual(reply.status, 429, `call ${n} of ${max}`);
      assert.equal(limitIn(reply).remaining, max - n);
    }
    const refused = await idle(context, path, headers);
    const retryAfter = retryAfterOf(refused, refusal);
    await context.nextSecond(2);
    assert.ok(retryAfterOf(await idle(context, path, headers), refusal) < retryAfter, 'it counts down');
    assert.notEqual((await idle(context, path, context.ownClient())).status, 429);
  },
});

/** Asserts a refusal; returns its `Retry-After` in seconds. */
function retryAfterOf(reply: Reply, refusal: RegExp): number {
  const { message } = Object(reply.json) as { message?: unknown };
  assert.deepEqual([reply.status, reply.type], [429, 'application/json; charset=utf-8']);
  assert.match(String(message), refusal);
  assert.equal(limitIn(reply).remaining, 0);
  const seconds = Number(reply.headers.get('retry-after'));
  const windowSeconds = Number(refusal.exec(String(message))?.[1]) * 60;
  assert.ok(seconds > 0 && seconds <= windowSeconds, `Retry-After is ${seconds} of ${windowSeconds} s`);
  return seconds;
}

export const LIMITS: readonly ContractCase[] = [
  {
    route,
    claim: 'login, register and requestPasswordReset name their limits',
    cost: {},
    run: async ({ server }) => {
      const named = LIMITED.filter(({ name }) => server.limits[name] !== undefined);
      assert.deepEqual(
        named.map(({ path }) => path),
        LIMITED.map(({ path }) => path),
      );
    },
  },
  ...LIMITED.map(slots),
  {
    route,
    claim: 'login: a right password takes a slot like a wrong one',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { address, password } = (await context.registerAndSignIn()).account;
      const headers = context.ownClient();
      const first = await context.login(address, password, headers);
      const second = await context.login(address, context.newPassword(), headers);
      assert.deepEqual([first.status, second.status], [200, 404]);
      says(second, 404, 'Incorrect password.');
      assert.equal(limitIn(second).remaining, limitIn(first).remaining - 1);
    },
  },
  ...LIMITED.map(atTheLimit),
];
