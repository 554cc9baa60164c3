import assert from 'node:assert/strict';
import { createLibreChat, type LibreChatAdapter } from '../../../activities/adapters/librechat/index.ts';
import { Secret } from '../../../contract/secret.ts';
import type { ContractCase } from '../contract-case.ts';
import type { CaseContext } from '../context.ts';

const route = 'adapter';
/** The suite makes the server busy; a slow answer is no disagreement. */
const PATIENT = { loginTimeoutMs: 40_000, totalTimeoutMs: 40_000 };

interface Stage {
  readonly libreChat: LibreChatAdapter;
  readonly address: string;
  readonly password: Secret;
  readonly nextPassword: Secret;
}

/** A case that speaks by the project's adapter, and deletes its account in the end. */
const byAdapter = (
  claim: string,
  cost: ContractCase['cost'],
  run: (stage: Stage, context: CaseContext) => Promise<void>,
): ContractCase => ({
  route,
  claim,
  cost,
  async run(context) {
    await using libreChat = createLibreChat({ baseUrl: context.server.options.url, ...PATIENT });
    const [password, nextPassword] = [context.newPassword(), context.newPassword()].map((p) => new Secret(p));
    assert.ok(password && nextPassword);
    await run({ libreChat, address: context.newAddress(), password, nextPassword }, context);
  },
});

/** Asserts the kind of an outcome, and narrows it. */
function is<T extends { readonly kind: string }, K extends T['kind']>(
  outcome: T,
  kind: K,
): Extract<T, { readonly kind: K }> {
  assert.equal(outcome.kind, kind);
  return outcome as Extract<T, { readonly kind: K }>;
}

export const ADAPTER: readonly ContractCase[] = [
  byAdapter(
    'register, login, refresh, reset, login, logout, delete: the adapter understands each answer',
    { registrations: 1, logins: 2, resets: 1, submissions: 1 },
    async ({ libreChat, address, password, nextPassword }, context) => {
      is(await libreChat.register({ address, password, name: 'Contract suite' }), 'accepted');
      const { session } = is(await libreChat.login({ address, password }), 'session');
      context.alsoDelete(address, session.accessToken.reveal());
      assert.equal(session.role, 'USER');
      const renewed = is(await libreChat.refresh(session.refreshToken), 'session').session;
      assert.equal(renewed.accountId, session.accountId);
      const { accountId, token } = is(await libreChat.requestPasswordReset(address), 'link');
      assert.equal(accountId, session.accountId);
      is(await libreChat.resetPassword({ accountId, token, password: nextPassword }), 'done');
      const next = is(await libreChat.login({ address, password: nextPassword }), 'session').session;
      const { account } = is(await libreChat.currentUser(next.accessToken), 'account');
      assert.deepEqual([account.accountId, account.address], [accountId, address]);
      assert.equal(await libreChat.logout(next), 'ended');
      is(await libreChat.refresh(next.refreshToken), 'refused');
      assert.ok(['deleted', 'forbidden'].includes(await libreChat.deleteAccount(next)));
    },
  ),
  byAdapter(
    'the adapter understands the refusals: address, password, token, link, session, deleted account',
    { registrations: 1, logins: 3, resets: 2, submissions: 2 },
    async ({ libreChat, address, password, nextPassword }, context) => {
      is(await libreChat.login({ address, password }), 'unknown-address');
      is(await libreChat.requestPasswordReset(address), 'no-link');
      is(await libreChat.register({ address, password, name: 'Contract suite' }), 'accepted');
      is(await libreChat.login({ address, password: nextPassword }), 'wrong-password');
      const { session } = is(await libreChat.login({ address, password }), 'session');
      context.alsoDelete(address, session.accessToken.reveal());
      is(await libreChat.listAccounts(session.accessToken, null), 'forbidden');
      is(await libreChat.currentUser(new Secret('garbage')), 'refused');
      is(await libreChat.refresh(new Secret('garbage')), 'refused');
      const { accountId, token } = is(await libreChat.requestPasswordReset(address), 'link');
      is(await libreChat.resetPassword({ accountId, token, password: nextPassword }), 'done');
      is(await libreChat.resetPassword({ accountId, token, password }), 'superseded');
      const { accessToken, refreshToken } = session;
      if ((await libreChat.deleteAccount(session)) === 'forbidden')
        context.skip('ALLOW_ACCOUNT_DELETION is off here');
      is(await libreChat.currentUser(accessToken), 'gone');
      is(await libreChat.refresh(refreshToken), 'refused');
    },
  ),
  byAdapter(
    'the adapter throws what an address and a password that LibreChat refuses mean',
    { registrations: 2, logins: 1 },
    async ({ libreChat, address, password }) => {
      const name = 'Contract suite';
      const refused = { name: 'BridgeError', code: 'AddressRefused' };
      await assert.rejects(libreChat.register({ address: 'a@localhost', password, name }), refused);
      await assert.rejects(libreChat.login({ address: 'nobody', password }), refused);
      const unusable = { name: 'BridgeError', code: 'PasswordUnusable' };
      await assert.rejects(libreChat.register({ address, password: new Secret('x'), name }), unusable);
    },
  ),
  byAdapter('the adapter reads the settings and the readiness', {}, async ({ libreChat }, context) => {
    const { registrationEnabled, passwordResetEnabled } = await libreChat.config();
    const { config } = context.server;
    assert.deepEqual(
      [registrationEnabled, passwordResetEnabled],
      [config.registrationEnabled, config.passwordResetEnabled],
    );
    assert.equal(await libreChat.ready(), true);
  }),
  byAdapter(
    'the adapter lists the accounts of an administrator',
    { logins: 1 },
    async ({ libreChat }, context) => {
      const { admin } = context.server.options;
      if (admin === undefined) return context.skip('no administrator given: --admin-email');
      const { session } = is(
        await libreChat.login({ address: admin.address, password: new Secret(admin.password) }),
        'session',
      );
      const { accounts } = is(await libreChat.listAccounts(session.accessToken, null), 'page');
      assert.ok(accounts.length > 0);
      assert.equal(await libreChat.logout(session), 'ended');
    },
  ),
];
