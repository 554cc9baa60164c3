import assert from 'node:assert/strict';
import { answers, claimsOf, lifetimeOf, reads, says } from '../answers.ts';
import type { ContractCase } from '../contract-case.ts';
import { fieldsOf, sessionOf, type CaseContext } from '../context.ts';
import { LOGIN } from '../forms.ts';
import type { Reply } from '../http.ts';

const route = 'login';

/** One login that never comes to a password. */
const refusal = (
  what: string,
  json: (context: CaseContext) => object,
  text: string | ((minimum: number) => string),
): ContractCase => ({
  route,
  claim: `${what}: 404`,
  cost: { logins: 1 },
  async run(context) {
    const reply = await context.auth(route, { json: json(context) });
    const minimum = context.server.config.minPasswordLength ?? 8;
    says(reply, 404, typeof text === 'string' ? text : text(minimum));
    assert.equal(reply.cookies.size, 0);
  },
});

const REFUSALS: readonly ContractCase[] = [
  refusal(
    'an unknown address',
    (context) => ({ email: context.newAddress(), password: context.newPassword() }),
    'Email does not exist.',
  ),
  refusal(
    'a short password',
    (context) => ({
      email: context.newAddress(),
      password: 'x'.repeat((context.server.config.minPasswordLength ?? 8) - 1),
    }),
    (n) => `password: String must contain at least ${n} character(s)`,
  ),
  refusal(
    'a password of 129 characters',
    (context) => ({ email: context.newAddress(), password: 'x'.repeat(129) }),
    'password: String must contain at most 128 character(s)',
  ),
  refusal(
    'an address that is none',
    (context) => ({ email: 'nobody', password: context.newPassword() }),
    'email: Invalid email',
  ),
  refusal('an empty object', () => ({}), 'Missing credentials'),
  refusal('an address alone', (context) => ({ email: context.newAddress() }), 'Missing credentials'),
];

/** Asserts the attributes of both cookies; returns the end that they name, ms since 1970. */
export function cookiesOf(reply: Reply): number {
  const ends = ['refreshToken', 'token_provider'].map((name) => {
    const attributes = reply.cookies.get(name)?.attributes ?? new Map<string, string>();
    const expires = Date.parse(attributes.get('expires') ?? '');
    const shown = Object.fromEntries(attributes);
    // Whether they are Secure depends on DOMAIN_SERVER and NODE_ENV.
    delete shown['secure'];
    delete shown['expires'];
    delete shown['max-age'];
    assert.deepEqual(shown, { path: '/', httponly: '', samesite: 'Strict' }, `attributes of ${name}`);
    assert.ok(expires > Date.now(), `expected ${name} to expire later, got ${attributes.get('expires')}`);
    return expires;
  });
  assert.equal(reply.cookies.get('token_provider')?.value, 'librechat');
  assert.equal(ends[0], ends[1], 'both cookies end together');
  return ends[0] ?? 0;
}

export const LOGINS: readonly ContractCase[] = [
  {
    route,
    claim: 'the right password: 200 JSON with exactly token and user, and the fields of user',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const account = await context.register();
      const { user } = reads(await context.login(account.address, account.password), 200, LOGIN);
      const { id, email, role, name, twoFactorEnabled } = user;
      assert.deepEqual(
        { id, email, role, name, twoFactorEnabled },
        {
          id: user._id,
          email: account.address,
          role: 'USER',
          name: 'Contract suite',
          twoFactorEnabled: false,
        },
      );
    },
  },
  {
    route,
    claim: 'two cookies, HttpOnly, SameSite=Strict, Path=/, that end with the session',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const account = await context.register();
      const reply = await context.login(account.address, account.password);
      const session = sessionOf(reply);
      const end = cookiesOf(reply);
      const exp = Number(claimsOf(session.refresh)['exp']) * 1000;
      assert.ok(Math.abs(end - exp) <= 2000, `expected Expires at ${exp}, got ${end}`);
    },
  },
  {
    route,
    claim: 'the access token names the account and lives SESSION_EXPIRY',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const { id, email, provider } = claimsOf(session.access);
      assert.deepEqual(
        { id, email, provider },
        { id: session.userId, email: account.address, provider: 'local' },
      );
      const expected = context.server.options.sessionExpiryMs / 1000;
      assert.equal(lifetimeOf(session.access), expected, 'seconds (see --session-expiry)');
    },
  },
  {
    route,
    claim: 'the refresh token names account and session and lives REFRESH_TOKEN_EXPIRY',
    cost: { registrations: 1, logins: 1 },
    async run(context) {
      const { session } = await context.registerAndSignIn();
      const { id, sessionId } = claimsOf(session.refresh);
      assert.equal(id, session.userId);
      assert.match(String(sessionId), /^[0-9a-f]{24}$/);
      const expected = context.server.options.refreshTokenExpiryMs / 1000;
      const got = lifetimeOf(session.refresh);
      assert.ok(
        Math.abs(got - expected) <= 1,
        `expected ${expected} s (see --refresh-token-expiry), got ${got}`,
      );
    },
  },
  {
    route,
    claim: 'a wrong password: 404 and no cookie; the right one still logs in',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const account = await context.register();
      const reply = await context.login(account.address, context.newPassword());
      says(reply, 404, 'Incorrect password.');
      assert.equal(reply.cookies.size, 0);
      await context.signIn(account);
    },
  },
  ...REFUSALS,
  {
    route,
    claim: 'no body: 404 like missing credentials',
    cost: { logins: 1 },
    async run(context) {
      says(await context.auth(route), 404, 'Missing credentials');
    },
  },
  {
    route,
    claim: 'broken JSON: 400 before anything else',
    cost: {},
    async run(context) {
      answers(await context.auth(route, { rawJson: '{' }), 400, {
        error: 'Invalid JSON format',
        message: 'The request body contains malformed JSON',
      });
    },
  },
  {
    route,
    claim: 'the address in capitals, or as a form: the same account, in small letters',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const { address, password } = await context.register();
      const form = { email: address, password };
      const replies = await Promise.all([
        context.login(address.toUpperCase(), password),
        context.auth(route, { form }),
      ]);
      const emails = replies.map(({ json }) => fieldsOf(fieldsOf(json)['user'])['email']);
      assert.deepEqual(emails, [address, address]);
    },
  },
  {
    route,
    claim: 'each login opens a session of its own and leaves the others alone',
    cost: { registrations: 1, logins: 2 },
    async run(context) {
      const { account, session } = await context.registerAndSignIn();
      const second = await context.signIn(account);
      const sessionIds = [session, second].map(({ refresh }) => claimsOf(refresh)['sessionId']);
      assert.equal(new Set(sessionIds).size, 2);
      sessionOf(await context.refresh(session.refresh));
      sessionOf(await context.refresh(second.refresh));
    },
  },
];
