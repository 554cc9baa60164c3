import assert from 'node:assert/strict';
import { answers, oneOf, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { CREATED, fieldsOf, type CaseContext } from '../context.ts';

const route = 'register';
const WENT_WRONG = 'Something went wrong';
/** An existing address is answered a second later; a timer may be some ms early. */
const LATER_MS = 950;
const MALFORMED = { error: 'Invalid JSON format', message: 'The request body contains malformed JSON' };

/** One registration whose body is refused. */
const refusal = (
  what: string,
  changes: (context: CaseContext) => Readonly<Record<string, unknown>>,
  text: string | ((minimum: number) => string),
): ContractCase => ({
  route,
  claim: `${what}: 404 that names the field`,
  cost: { registrations: 1 },
  async run(context) {
    const json = context.registration(context.newAccount(), changes(context));
    const minimum = context.server.config.minPasswordLength ?? 8;
    says(await context.auth(route, { json }), 404, typeof text === 'string' ? text : text(minimum));
  },
});

const both = (password: string): Record<string, string> => ({ password, confirm_password: password });
const tooShort = ({ server }: CaseContext): Record<string, string> =>
  both('x'.repeat((server.config.minPasswordLength ?? 8) - 1));

const REFUSALS: readonly ContractCase[] = [
  refusal('two passwords', () => ({ confirm_password: 'another-password' }), ': The passwords did not match'),
  refusal(
    'a short password',
    tooShort,
    (n) =>
      `password: String must contain at least ${n} character(s) confirm_password: String must contain at least ${n} character(s)`,
  ),
  refusal(
    'a password of 129 characters',
    () => both('x'.repeat(129)),
    'password: String must contain at most 128 character(s) confirm_password: String must contain at most 128 character(s)',
  ),
  refusal('an address without a dot', () => ({ email: 'a@localhost' }), 'email: Invalid email'),
  refusal('a name of 2', () => ({ name: 'ab' }), 'name: String must contain at least 3 character(s)'),
  refusal(
    'a name of 81',
    () => ({ name: 'x'.repeat(81) }),
    'name: String must contain at most 80 character(s)',
  ),
  refusal(
    'name and address',
    () => ({ name: 'ab', email: 'nobody' }),
    'name: String must contain at least 3 character(s) email: Invalid email',
  ),
  refusal(
    'no field at all',
    () => ({ name: undefined, email: undefined, password: undefined, confirm_password: undefined }),
    'name: Required email: Required password: Required confirm_password: Required',
  ),
];

export const REGISTER: readonly ContractCase[] = [
  {
    route,
    claim: 'a new address: 200 with the usual message, no token, no cookie; a login then says USER',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const account = context.newAccount();
      const reply = await context.auth(route, { json: context.registration(account) });
      says(reply, 200, CREATED);
      assert.equal(reply.cookies.size, 0);
      const login = await context.login(account.address, account.password);
      const { role, email, emailVerified } = fieldsOf(fieldsOf(login.json)['user']);
      assert.deepEqual(
        { role, email, emailVerified },
        { role: 'USER', email: account.address, emailVerified: true },
      );
    },
  },
  {
    route,
    claim: 'an existing address: the identical 200, a second later, and its password stays',
    cost: { registrations: 2, logins: 2 },
    async run(context) {
      const account = await context.register();
      const second = { ...account, password: context.newPassword() };
      const reply = await context.auth(route, { json: context.registration(second) });
      says(reply, 200, CREATED);
      assert.ok(reply.ms >= LATER_MS, `expected at least ${LATER_MS} ms, got ${Math.round(reply.ms)}`);
      says(await context.login(account.address, second.password), 404, 'Incorrect password.');
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'an existing address in capitals is the same address',
    cost: { registrations: 2, logins: 1 },
    async run(context) {
      const account = await context.register();
      const second = { address: account.address.toUpperCase(), password: context.newPassword() };
      const reply = await context.auth(route, { json: context.registration(second) });
      says(reply, 200, CREATED);
      assert.ok(reply.ms >= LATER_MS, `expected at least ${LATER_MS} ms, got ${Math.round(reply.ms)}`);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'one address twice at the same time: 200 or 500, one account with one of the passwords',
    cost: { registrations: 2, logins: 2 },
    async run(context) {
      const one = context.newAccount();
      const two = { ...one, password: context.newPassword() };
      const replies = await Promise.all(
        [one, two].map((account) => context.auth(route, { json: context.registration(account) })),
      );
      const created = `200 ${JSON.stringify({ message: CREATED })}`;
      for (const reply of replies) oneOf(reply, [created, `500 ${JSON.stringify({ message: WENT_WRONG })}`]);
      assert.ok(
        replies.some(({ status }) => status === 200),
        'expected a 200 among the two answers',
      );
      const logins = await Promise.all([one, two].map((a) => context.login(a.address, a.password)));
      const statuses = logins.map(({ status }) => String(status));
      assert.deepEqual(statuses.toSorted(), ['200', '404']);
    },
  },
  {
    route,
    claim: 'one address twice at the same time with one password: that password logs in',
    cost: { registrations: 2, logins: 1 },
    async run(context) {
      const account = context.newAccount();
      const json = context.registration(account);
      await Promise.all([context.auth(route, { json }), context.auth(route, { json })]);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'an address such as u42@chat.example.invalid is taken',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const account = context.newAccount('chat.example.invalid');
      const reply = await context.auth(route, { json: context.registration(account) });
      if (reply.status === 403) context.skip('registration.allowedDomains allows certain domains only');
      says(reply, 200, CREATED);
      await context.signIn(account);
    },
  },
  {
    route,
    claim: 'a name of 80 and a password of 72 with $ . { } in it are taken',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const password = `$ne.{${context.newPassword()}}`.padEnd(72, '.');
      const account = { address: context.newAddress(), password };
      const json = context.registration(account, { name: 'N'.repeat(80) });
      says(await context.auth(route, { json }), 200, CREATED);
      await context.signIn(account);
    },
  },
  ...REFUSALS,
  {
    route,
    claim: 'no body: 500 text',
    cost: { registrations: 1 },
    async run(context) {
      answers(await context.auth(route), 500, 'An unknown error occurred.');
    },
  },
  {
    route,
    claim: 'broken JSON: 400 before anything else',
    cost: {},
    async run(context) {
      answers(await context.auth(route, { rawJson: '{"email":' }), 400, MALFORMED);
    },
  },
];
