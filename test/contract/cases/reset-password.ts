import assert from 'node:assert/strict';
import { answers, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { RESET_DONE, sessionOf, type Account, type CaseContext } from '../context.ts';

const route = 'resetPassword';
const MISSING = 'Illegal arguments: undefined, string';
const WRONG_TOKEN = '0'.repeat(64);

/** A reset that is refused, by a link that then still works. */
const refusal = (
  what: string,
  change: { readonly token?: string; readonly password?: undefined; readonly userId?: string },
  body: object,
): ContractCase => ({
  route,
  claim: `${what}: 400, nothing changes, the link stays`,
  cost: { registrations: 1, logins: 2, resets: 1, submissions: 2 },
  async run(context) {
    const account = await context.register();
    const link = await context.requestLink(account.address);
    const password = context.newPassword();
    answers(await context.auth(route, { json: { ...link, password, ...change } }), 400, body);
    await context.signIn(account);
    says(await context.reset(link, password), 200, RESET_DONE);
    await context.signIn({ ...account, password });
  },
});

const malformedId = 'Cast to ObjectId failed for value "x" (type string) at path "userId" for model "Token"';

const REFUSALS: readonly ContractCase[] = [
  refusal('a wrong token', { token: WRONG_TOKEN }, {}),
  refusal('no password', { password: undefined }, { message: MISSING }),
  refusal('a user id that is none', { userId: 'x' }, { message: malformedId }),
];

/** Registers an account and replaces its password by a link. */
async function replaced(context: CaseContext): Promise<{ old: Account; account: Account }> {
  const old = await context.register();
  const account = { ...old, password: context.newPassword() };
  says(await context.reset(await context.requestLink(old.address), account.password), 200, RESET_DONE);
  return { old, account };
}

export const RESETS: readonly ContractCase[] = [
  {
    route,
    claim: 'a good link: 200; the old password is refused, the new one logs in',
    cost: { registrations: 1, logins: 2, resets: 1, submissions: 1 },
    async run(context) {
      const { old, account } = await replaced(context);
      says(await context.login(old.address, old.password), 404, 'Incorrect password.');
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'all sessions of the account end, while its access tokens live on',
    cost: { registrations: 1, logins: 2, resets: 1, submissions: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const second = await context.signIn(account);
      const link = await context.requestLink(account.address);
      says(await context.reset(link, context.newPassword()), 200, RESET_DONE);
      await context.isDead(session.refresh);
      await context.isDead(second.refresh);
      assert.equal((await context.user(session.access)).status, 200);
    },
  },
  {
    route,
    claim: 'the sessions of another account live on',
    cost: { registrations: 2, logins: 2, resets: 1, submissions: 1 },
    async run(context) {
      const other = await context.registerAndSignIn();
      const { account } = await replaced(context);
      await context.signIn(account);
      sessionOf(await context.refresh(other.session.refresh));
    },
  },
  {
    route,
    claim: 'a used link: 400 {}, and the password of the first use stays',
    cost: { registrations: 1, logins: 1, resets: 1, submissions: 2 },
    async run(context) {
      const account = await context.register();
      const link = await context.requestLink(account.address);
      const password = context.newPassword();
      says(await context.reset(link, password), 200, RESET_DONE);
      answers(await context.reset(link, context.newPassword()), 400, {});
      await context.signIn({ ...account, password });
    },
  },
  {
    route,
    claim: 'the same password once more, by another link: 200',
    cost: { registrations: 1, logins: 1, resets: 2, submissions: 2 },
    async run(context) {
      const { account } = await replaced(context);
      const link = await context.requestLink(account.address);
      says(await context.reset(link, account.password), 200, RESET_DONE);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'an account that never asked for a link: 400 {}',
    cost: { registrations: 1, logins: 2, submissions: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const link = { token: WRONG_TOKEN, userId: session.userId };
      answers(await context.reset(link, context.newPassword()), 400, {});
      await context.signIn(account);
    },
  },
  ...REFUSALS,
  {
    route,
    claim: 'no token: 400, nothing changes',
    cost: { registrations: 1, logins: 1, resets: 1, submissions: 1 },
    async run(context) {
      const account = await context.register();
      const { userId } = await context.requestLink(account.address);
      const json = { userId, password: context.newPassword() };
      says(await context.auth(route, { json }), 400, MISSING);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'no user id: 400, nothing changes',
    cost: { registrations: 1, logins: 1, resets: 1, submissions: 1 },
    async run(context) {
      const account = await context.register();
      const { token } = await context.requestLink(account.address);
      const reply = await context.auth(route, { json: { token, password: context.newPassword() } });
      // Which of two texts depends on whether somebody else has asked for a link meanwhile.
      assert.equal(reply.status, 400, reply.text);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'a password that no login takes is taken: locked out until the next reset',
    cost: { registrations: 1, logins: 3, resets: 2, submissions: 2 },
    async run(context) {
      const account = await context.register();
      says(await context.reset(await context.requestLink(account.address), 'abc'), 200, RESET_DONE);
      const minimum = context.server.config.minPasswordLength ?? 8;
      const tooShort = `password: String must contain at least ${minimum} character(s)`;
      says(await context.login(account.address, 'abc'), 404, tooShort);
      says(await context.login(account.address, account.password), 404, 'Incorrect password.');
      const password = context.newPassword();
      says(await context.reset(await context.requestLink(account.address), password), 200, RESET_DONE);
      await context.signIn({ ...account, password });
    },
  },
];
