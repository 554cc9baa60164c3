import assert from 'node:assert/strict';
import { says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { sessionOf, type Session } from '../context.ts';

const route = 'logout';
const DONE = 'Logout successful';
const one = { registrations: 1, logins: 1 } as const;
const CLEARED = [
  'refreshToken',
  'openid_access_token',
  'openid_id_token',
  'openid_user_id',
  'token_provider',
];

const partsOf = ({ access, refresh }: Session): { bearer: string; session: string } => ({
  bearer: access,
  session: refresh,
});

export const LOGOUTS: readonly ContractCase[] = [
  {
    route,
    claim: 'with its cookie: 200, cookies cleared, refresh 401, the access token lives on',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const reply = await context.auth(route, partsOf(session));
      says(reply, 200, DONE);
      for (const name of CLEARED) {
        const cookie = reply.cookies.get(name);
        const expires = Date.parse(cookie?.attributes.get('expires') ?? '');
        assert.deepEqual({ name, value: cookie?.value, expires }, { name, value: '', expires: 0 });
      }
      await context.isDead(session.refresh);
      assert.equal((await context.user(session.access)).status, 200);
    },
  },
  {
    route,
    claim: 'it ends the session of its cookie and no other',
    cost: { registrations: 1, logins: 3 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const second = await context.signIn(account);
      const third = await context.signIn(account);
      says(await context.auth(route, partsOf(second)), 200, DONE);
      await context.isDead(second.refresh);
      sessionOf(await context.refresh(session.refresh));
      sessionOf(await context.refresh(third.refresh));
    },
  },
  {
    route,
    claim: 'again, with a dead cookie: 200, and other sessions live on',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const other = await context.signIn(account);
      says(await context.auth(route, partsOf(session)), 200, DONE);
      says(await context.auth(route, partsOf(session)), 200, DONE);
      sessionOf(await context.refresh(other.refresh));
    },
  },
  {
    route,
    claim: 'without its cookie: 200, and the oldest session of the account is dead instead',
    cost: { registrations: 1, logins: 3 },
    async run(context) {
      const { account, session: oldest } = await context.registerAndSignIn();
      const second = await context.signIn(account);
      const third = await context.signIn(account);
      says(await context.auth(route, { bearer: third.access }), 200, DONE);
      await context.isDead(oldest.refresh);
      sessionOf(await context.refresh(second.refresh));
      sessionOf(await context.refresh(third.refresh));
    },
  },
  {
    route,
    claim: 'without a Bearer: 401 `No auth token`, and the session lives on',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      says(await context.auth(route, { session: session.refresh }), 401, 'No auth token');
      sessionOf(await context.refresh(session.refresh));
    },
  },
  {
    route,
    claim: 'with a Bearer that is none: 401 `jwt malformed`, and the session lives on',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const parts = { bearer: 'garbage', session: session.refresh };
      says(await context.auth(route, parts), 401, 'jwt malformed');
      sessionOf(await context.refresh(session.refresh));
    },
  },
];
