import assert from 'node:assert/strict';
import { answers, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { linkOf, RESET_DONE, sessionOf } from '../context.ts';

const route = 'requestPasswordReset';
const NO_LINK = 'If an account with that email exists, a password reset link has been sent to it.';

export const RESET_REQUESTS: readonly ContractCase[] = [
  {
    route,
    claim: 'a known address: 200 with a link that holds 64 hex digits and the id of the account',
    cost: { registrations: 1, logins: 1, resets: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const reply = await context.auth(route, { json: { email: account.address } });
      assert.equal(reply.type, 'application/json; charset=utf-8');
      assert.equal(linkOf(reply).userId, session.userId);
      assert.equal(reply.cookies.size, 0);
    },
  },
  {
    route,
    claim: 'a known address in capitals: a link too',
    cost: { registrations: 1, logins: 1, resets: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      assert.equal((await context.requestLink(account.address.toUpperCase())).userId, session.userId);
    },
  },
  {
    route,
    claim: 'an unknown address: 200 with a message that does not tell',
    cost: { resets: 1 },
    async run(context) {
      says(await context.auth(route, { json: { email: context.newAddress() } }), 200, NO_LINK);
    },
  },
  {
    route,
    claim: 'no address: 200 with the same message',
    cost: { resets: 1 },
    async run(context) {
      says(await context.auth(route, { json: {} }), 200, NO_LINK);
    },
  },
  {
    route,
    claim: 'no body: 400 with a text of JavaScript',
    cost: { resets: 1 },
    async run(context) {
      const text = "Cannot destructure property 'email' of 'req.body' as it is undefined.";
      says(await context.auth(route), 400, text);
    },
  },
  {
    route,
    claim: 'a newer link makes an older one useless',
    cost: { registrations: 1, logins: 1, resets: 2, submissions: 2 },
    async run(context) {
      const account = await context.register();
      const older = await context.requestLink(account.address);
      const newer = await context.requestLink(account.address);
      answers(await context.reset(older, context.newPassword()), 400, {});
      const password = context.newPassword();
      says(await context.reset(newer, password), 200, RESET_DONE);
      await context.signIn({ ...account, password });
    },
  },
  {
    route,
    claim: 'a link that is asked for after several at once makes them all useless',
    cost: { registrations: 1, logins: 1, resets: 4, submissions: 3 },
    async run(context) {
      const account = await context.register();
      const links = await Promise.all([1, 2, 3].map(() => context.requestLink(account.address)));
      await context.requestLink(account.address);
      for (const link of links) answers(await context.reset(link, context.newPassword()), 400, {});
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'asking changes nothing: password and session stay',
    cost: { registrations: 1, logins: 2, resets: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      await context.requestLink(account.address);
      sessionOf(await context.refresh(session.refresh));
      await context.signIn(account);
    },
  },
];
