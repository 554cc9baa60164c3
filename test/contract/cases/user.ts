import assert from 'node:assert/strict';
import { answers, reads, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import type { CaseContext } from '../context.ts';
import { CURRENT_USER } from '../forms.ts';
import type { Reply } from '../http.ts';

const one = { registrations: 1, logins: 1 } as const;
const NOT_ALLOWED = 'You do not have permission to delete this account';

export const USERS: readonly ContractCase[] = [
  {
    route: 'user',
    claim: 'GET with a live access token: 200 with the fields of the account',
    cost: one,
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const user = reads(await context.user(session.access), 200, CURRENT_USER);
      const { _id, id, email, role, twoFactorEnabled } = user;
      assert.deepEqual(
        { _id, id, email, role, twoFactorEnabled },
        {
          _id: session.userId,
          id: session.userId,
          email: account.address,
          role: 'USER',
          twoFactorEnabled: false,
        },
      );
    },
  },
  {
    route: 'user',
    claim: 'GET without, with garbage or with a forged token: 401 JSON that says which',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const forged = session.access.replace(/[^.]+$/, 'A'.repeat(43));
      says(await context.call('GET', '/api/user'), 401, 'No auth token');
      says(await context.user('garbage'), 401, 'jwt malformed');
      says(await context.user(forged), 401, 'invalid signature');
    },
  },
  {
    route: 'user',
    claim: 'a refresh token is no access token: 401',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      says(await context.user(session.refresh), 401, 'invalid signature');
    },
  },
  {
    route: 'deleteUser',
    claim: 'DELETE: 200, then 401 `Unauthorized`, refresh 302 to /login, login `Email does not exist.`',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      await deleteOrSkip(context, session.access);
      says(await context.user(session.access), 401, 'Unauthorized');
      says(await deletion(context, session.access), 401, 'Unauthorized');
      const refreshed = await context.refresh(session.refresh);
      answers(refreshed, 302, 'Found. Redirecting to /login', 'text/plain; charset=utf-8');
      assert.equal(refreshed.headers.get('location'), '/login');
      says(await context.login(account.address, account.password), 404, 'Email does not exist.');
    },
  },
  {
    route: 'deleteUser',
    claim: 'the address of a deleted account can be registered again: another id',
    cost: { registrations: 2, logins: 2 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      await deleteOrSkip(context, session.access);
      await context.register(account);
      assert.notEqual((await context.signIn(account)).userId, session.userId);
    },
  },
  {
    route: 'deleteUser',
    claim: 'DELETE without a Bearer: 401, and the account stays',
    cost: one,
    async run(context) {
      const { session } = await context.registerAndSignIn();
      says(await context.call('DELETE', '/api/user/delete', { json: {} }), 401, 'No auth token');
      assert.equal((await context.user(session.access)).status, 200);
    },
  },
];

const deletion = (context: CaseContext, bearer: string): Promise<Reply> =>
  context.call('DELETE', '/api/user/delete', { bearer, json: {} });

/** An operator may have forbidden it, which has an answer of its own. */
async function deleteOrSkip(context: CaseContext, bearer: string): Promise<void> {
  const reply = await deletion(context, bearer);
  if (reply.status === 403) {
    says(reply, 403, NOT_ALLOWED);
    context.skip('ALLOW_ACCOUNT_DELETION is off here');
  }
  says(reply, 200, 'User deleted');
}
