import assert from 'node:assert/strict';
import { answers, lifetimeOf, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { sessionOf, type Account, type CaseContext, type Session } from '../context.ts';

const route = 'expiry';
const one = { registrations: 1, logins: 2 } as const;
/** Nobody wants to wait longer for a token to die. */
const SHORT_S = 10;

/** Registers an account, unless its tokens are said to live too long to wait for. */
async function begin(
  context: CaseContext,
  setting: 'sessionExpiryMs' | 'refreshTokenExpiryMs',
): Promise<{
  readonly account: Account;
  readonly session: Session;
}> {
  const seconds = context.server.options[setting] / 1000;
  const flag = setting === 'sessionExpiryMs' ? '--session-expiry' : '--refresh-token-expiry';
  if (seconds > SHORT_S) context.skip(`${seconds} s is too long to wait for (see ${flag})`);
  return context.registerAndSignIn();
}

export const EXPIRY: readonly ContractCase[] = [
  {
    route,
    claim: 'an expired access token: 401 `jwt expired`, while its session refreshes',
    cost: one,
    async run(context) {
      const { session } = await begin(context, 'sessionExpiryMs');
      await context.nextSecond(lifetimeOf(session.access));
      says(await context.user(session.access), 401, 'jwt expired');
      const renewed = sessionOf(await context.refresh(session.refresh));
      assert.equal((await context.user(renewed.access)).status, 200);
    },
  },
  {
    route,
    claim: 'logout with an expired access token: 401, and the session lives on',
    cost: one,
    async run(context) {
      const { session } = await begin(context, 'sessionExpiryMs');
      await context.nextSecond(lifetimeOf(session.access));
      const parts = { bearer: session.access, session: session.refresh };
      says(await context.auth('logout', parts), 401, 'jwt expired');
      sessionOf(await context.refresh(session.refresh));
    },
  },
  {
    route,
    claim: 'at its end a session refreshes no more (403 text), however often it was refreshed; a login helps',
    cost: one,
    async run(context) {
      const { account, session } = await begin(context, 'refreshTokenExpiryMs');
      await context.nextSecond();
      const renewed = sessionOf(await context.refresh(session.refresh));
      await context.nextSecond(lifetimeOf(session.refresh));
      answers(await context.refresh(renewed.refresh), 403, 'Invalid refresh token');
      await context.signIn(account);
    },
  },
];
