import assert from 'node:assert/strict';
import { answers, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import type { CaseContext } from '../context.ts';

const route = 'bans';
const BANNED = 'Your account has been temporarily banned due to violations of our service.';

/** Gets an account banned, together with a made-up client address, by what LibreChat takes for a robot. */
async function ban(context: CaseContext): Promise<{
  headers: Record<string, string>;
  session: { access: string; refresh: string };
  address: string;
  password: string;
}> {
  if (!context.server.options.bans) context.skip('it would get an account banned: allow it with --bans');
  const headers = context.ownClient();
  const { account, session } = await context.registerAndSignIn();
  const reply = await context.call('GET', '/api/files', {
    bearer: session.access,
    headers: { ...headers, 'user-agent': 'node' },
  });
  answers(reply, 200, 'event: error\ndata: {"message":"Illegal request"}\n\n', null);
  const login = await context.login(account.address, account.password, headers);
  if (login.status === 200) context.skip('BAN_VIOLATIONS is off, or NON_BROWSER_VIOLATION_SCORE low');
  says(login, 403, BANNED);
  return { headers, session, ...account };
}

export const BANS: readonly ContractCase[] = [
  {
    route,
    claim: 'after one call without a browser: 403 with the ban text on login, register and both resets',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { headers, address, password } = await ban(context);
      const json = context.registration({ address, password });
      says(await context.auth('register', { json, headers }), 403, BANNED);
      says(await context.auth('requestPasswordReset', { json: { email: address }, headers }), 403, BANNED);
      const reset = { userId: '0'.repeat(24), token: '0'.repeat(64), password };
      says(await context.auth('resetPassword', { json: reset, headers }), 403, BANNED);
    },
  },
  {
    route,
    claim: 'the sessions of the banned account are dead, its access token lives on',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { session } = await ban(context);
      await context.isDead(session.refresh);
      assert.equal((await context.user(session.access)).status, 200);
    },
  },
  {
    route,
    claim: 'the banned account is refused at other addresses too; other accounts refresh',
    cost: { registrations: 2, logins: 2 },
    async run(context) {
      const { headers, address, password } = await ban(context);
      const other = await context.registerAndSignIn();
      says(await context.login(address, password, context.ownClient()), 403, BANNED);
      const reply = await context.auth('refresh', { session: other.session.refresh, headers });
      assert.equal(reply.status, 200);
    },
  },
];
