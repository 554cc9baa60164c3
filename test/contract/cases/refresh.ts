import assert from 'node:assert/strict';
import { answers, claimsOf, lifetimeOf, oneOf, reads } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { DEAD_SESSION, sessionOf } from '../context.ts';
import { REFRESH } from '../forms.ts';
import type { Reply } from '../http.ts';
import { limitOf } from '../server.ts';
import { cookiesOf } from './login.ts';

const route = 'refresh';
const one = { registrations: 1, logins: 1 } as const;
const PARALLEL = 8;
const IN_A_ROW = 30;

/** No route needs one so often: a limiter here would end sessions. */
const isUnlimited = (reply: Reply): void => assert.equal(limitOf(reply), undefined, 'a limiter on refresh');

export const REFRESHES: readonly ContractCase[] = [
  {
    route,
    claim: 'a live session: 200 with exactly token and user, both cookies again, no limiter',
    cost: one,
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const reply = await context.refresh(session.refresh);
      const { user } = reads(reply, 200, REFRESH);
      assert.deepEqual(
        { _id: user._id, email: user.email, role: user.role },
        { _id: session.userId, email: account.address, role: 'USER' },
      );
      cookiesOf(reply);
      isUnlimited(reply);
      const renewed = sessionOf(reply);
      assert.equal(lifetimeOf(renewed.access), lifetimeOf(session.access));
      assert.equal((await context.user(renewed.access)).status, 200);
    },
  },
  {
    route,
    claim: 'the cookie refreshToken is enough',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const headers = { cookie: `refreshToken=${session.refresh}` };
      sessionOf(await context.auth(route, { headers }));
    },
  },
  {
    route,
    claim: 'a second later the old token is dead at once (401 text), and showing it does no harm',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      await context.nextSecond();
      const renewed = sessionOf(await context.refresh(session.refresh));
      assert.notEqual(renewed.refresh, session.refresh);
      const old = await context.refresh(session.refresh);
      answers(old, 401, DEAD_SESSION);
      isUnlimited(old);
      sessionOf(await context.refresh(renewed.refresh));
    },
  },
  {
    route,
    claim: 'a dead token with ?retry=true: 403 text',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      await context.nextSecond();
      await context.refresh(session.refresh);
      answers(await context.refresh(session.refresh, '?retry=true'), 403, 'No session found');
    },
  },
  {
    route,
    claim: 'the end of the session does not move: same Expires, same exp',
    cost: one,
    async run(context) {
      const account = await context.register();
      const login = await context.login(account.address, account.password);
      await context.nextSecond(2);
      const reply = await context.refresh(sessionOf(login).refresh);
      // The token has whole seconds and is rounded anew at each refresh.
      const near = (what: string, expected: number, got: number, by: number): void =>
        assert.ok(Math.abs(got - expected) <= by, `${what}: expected ${expected}, got ${got}`);
      near('Expires', cookiesOf(login), cookiesOf(reply), 1000);
      const exp = (of: Reply): number => Number(claimsOf(sessionOf(of).refresh)['exp']);
      near('exp', exp(login), exp(reply), 1);
    },
  },
  {
    route,
    claim: 'no cookie: 200 text that is no success',
    cost: {},
    async run(context) {
      const reply = await context.refresh(undefined);
      answers(reply, 200, 'Refresh token not provided');
      assert.equal(reply.cookies.size, 0);
      isUnlimited(reply);
    },
  },
  {
    route,
    claim: 'garbage, and a token that somebody else has signed: 403 text',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const forged = session.refresh.replace(/[^.]+$/, 'A'.repeat(43));
      for (const token of ['garbage', forged])
        answers(await context.refresh(token), 403, 'Invalid refresh token');
      sessionOf(await context.refresh(session.refresh));
    },
  },
  {
    route,
    claim: `${PARALLEL} at once with one token: each 200 or 401, never 403, and a survivor lives`,
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      await context.nextSecond();
      const replies = await Promise.all(
        Array.from({ length: PARALLEL }, () => context.refresh(session.refresh)),
      );
      const renewed = replies.filter(({ status }) => status === 200).map((reply) => sessionOf(reply));
      for (const reply of replies.filter(({ status }) => status !== 200))
        oneOf(reply, [`401 ${DEAD_SESSION}`]);
      assert.ok(renewed.length > 0, 'expected at least one 200');
      const tokens = [...new Set(renewed.map(({ refresh }) => refresh))];
      const statuses: number[] = [];
      for (const token of tokens) statuses.push((await context.refresh(token)).status);
      assert.ok(statuses.includes(200), `expected a token that lives, got ${statuses.join(', ')}`);
    },
  },
  {
    route,
    claim: `${IN_A_ROW} in a row: all 200`,
    cost: one,
    async run(context) {
      let { refresh } = (await context.registerAndSignIn()).session;
      for (let n = 0; n < IN_A_ROW; n += 1) {
        const reply = await context.refresh(refresh);
        isUnlimited(reply);
        ({ refresh } = sessionOf(reply));
      }
    },
  },
  {
    route,
    claim: 'a logged-in token of one session says nothing about another: both refresh independently',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const other = await context.signIn(account);
      await context.nextSecond();
      sessionOf(await context.refresh(session.refresh));
      await context.isDead(session.refresh);
      sessionOf(await context.refresh(other.refresh));
    },
  },
];
