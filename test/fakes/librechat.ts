import { randomBytes } from 'node:crypto';

import type { CurrentUserOutcome, LibreChatAdmin } from '../../activities/ports/librechat-admin.ts';
import type { LibreChat } from '../../activities/ports/librechat.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { type FakeAccount, type FakeSettings, State } from './librechat-state.ts';

type Method = Exclude<keyof LibreChat, 'budgeted'>;

/** LibreChat in memory, as the port describes it, with a hand on its accounts and its failures. */
export interface FakeLibreChat extends LibreChat, LibreChatAdmin {
  readonly settings: FakeSettings;
  readonly accounts: Map<AccountId, FakeAccount>;
  /** Every call of the port so far, in order. */
  readonly calls: Method[];
  account(address: string): FakeAccount | undefined;
  /** The refresh tokens that it would take, in the order in which it gave them out. */
  sessionTokens(): Iterable<string>;
  /** The next call of the method throws and does nothing. */
  refuseNext(method: Method, error: BridgeError): void;
  /** The next call of the method is carried out, but its answer is lost. */
  loseNextAnswer(method: Method): void;
}

/** Starts an empty LibreChat. The first account registered becomes ADMIN, as there. */
export function fakeLibreChat(settings: Partial<FakeSettings> = {}): FakeLibreChat {
  const state = new State(settings);
  const calls: Method[] = [];
  const refusals = new Map<Method, BridgeError>();
  const losses = new Set<Method>();
  const port = credentialsAndSessions(state);
  /** Has the call fail where a test asked for it. */
  async function run<T>(method: Method, act: () => Promise<T>): Promise<T> {
    calls.push(method);
    const refusal = refusals.get(method);
    refusals.delete(method);
    if (refusal !== undefined) throw refusal;
    const outcome = await act();
    if (losses.delete(method)) throw new BridgeError('UpstreamUnavailable');
    return outcome;
  }
  /** A lost answer of a call with effects is an outcome, not an error. */
  async function undecided<T>(method: Method, act: () => Promise<T>): Promise<T | Unknown> {
    const lost = losses.has(method) && !refusals.has(method);
    try {
      return await run(method, act);
    } catch (error) {
      if (lost && error instanceof BridgeError && error.code === 'UpstreamUnavailable')
        return { kind: 'unknown', error };
      throw error;
    }
  }
  const fake: FakeLibreChat = {
    settings: state.settings,
    accounts: state.accounts,
    calls,
    account: (address) => state.account(address),
    sessionTokens: () => state.sessions.keys(),
    refuseNext: (method, error) => void refusals.set(method, error),
    loseNextAnswer: (method) => void losses.add(method),
    login: (credential) => run('login', () => port.login(credential)),
    register: (input) => undecided('register', () => port.register(input)),
    refresh: (token) => undecided('refresh', () => port.refresh(token)),
    logout: (session) => run('logout', () => port.logout(session)),
    requestPasswordReset: (address) => run('requestPasswordReset', () => port.requestPasswordReset(address)),
    resetPassword: (input) => undecided('resetPassword', () => port.resetPassword(input)),
    budgeted: (_plan, work) => work(fake),
    ...administration(state),
  };
  return fake;
}

interface Unknown {
  readonly kind: 'unknown';
  readonly error: BridgeError;
}

function credentialsAndSessions(state: State): Omit<LibreChat, 'budgeted'> {
  const { settings, accounts, sessions, links } = state;
  return {
    async login(credential) {
      state.check(credential);
      const account = state.account(credential.address);
      if (account === undefined) return { kind: 'unknown-address' };
      if (account.password !== credential.password.reveal()) return { kind: 'wrong-password' };
      if (account.twoFactor) return { kind: 'two-factor' };
      return {
        kind: 'session',
        session: state.open(account, settings.now() + settings.refreshTokenExpiryMs),
      };
    },
    async register(input) {
      if (!settings.allowRegistration) throw new BridgeError('RegistrationClosed');
      state.check(input);
      if (state.account(input.address) === undefined) state.create(input);
      return { kind: 'accepted' };
    },
    async refresh(refreshToken) {
      const session = sessions.get(refreshToken.reveal());
      const account = session && accounts.get(session.accountId);
      if (session === undefined || account === undefined || session.endsAt <= settings.now())
        return { kind: 'refused' };
      sessions.delete(refreshToken.reveal());
      return { kind: 'session', session: state.open(account, session.endsAt) };
    },
    async logout({ accessToken, refreshToken }) {
      const account = state.bearer(accessToken);
      if (typeof account === 'string') return 'refused';
      if (sessions.get(refreshToken.reveal())?.accountId === account.id)
        sessions.delete(refreshToken.reveal());
      return 'ended';
    },
    async requestPasswordReset(address) {
      if (!settings.allowPasswordReset) throw new BridgeError('ResetUnavailable');
      const account = state.account(address);
      if (account === undefined) return { kind: 'no-link' };
      const token = randomBytes(32).toString('hex');
      links.set(account.id, { token, endsAt: settings.now() + settings.linkLifetimeMs });
      return { kind: 'link', accountId: account.id, token: new Secret(token) };
    },
    async resetPassword({ accountId, token, password }) {
      if (!settings.allowPasswordReset) throw new BridgeError('ResetUnavailable');
      const link = links.get(accountId);
      const account = accounts.get(accountId);
      const valid = link?.token === token.reveal() && link.endsAt > settings.now();
      if (!valid || account === undefined) return { kind: 'superseded' };
      // No rule for the new password here: what login would refuse is set all the same.
      account.password = password.reveal();
      state.endSessionsOf(accountId);
      links.delete(accountId);
      return { kind: 'done' };
    },
  };
}

function administration(state: State): LibreChatAdmin {
  const { settings, accounts } = state;
  const view = ({ id, address, role, createdAt }: FakeAccount) => ({
    accountId: id,
    address,
    role,
    createdAt,
  });
  return {
    async currentUser(accessToken): Promise<CurrentUserOutcome> {
      const account = state.bearer(accessToken);
      if (typeof account === 'string') return { kind: account };
      return { kind: 'account', account: { ...view(account), twoFactorEnabled: account.twoFactor } };
    },
    async deleteAccount({ accessToken }) {
      const account = state.bearer(accessToken);
      if (typeof account === 'string') return account;
      if (!settings.allowAccountDeletion && account.role !== 'ADMIN') return 'forbidden';
      if (account.twoFactor) return 'two-factor';
      state.endSessionsOf(account.id);
      accounts.delete(account.id);
      return 'deleted';
    },
    async listAccounts(accessToken, cursor) {
      const account = state.bearer(accessToken);
      if (typeof account === 'string') return { kind: 'refused' };
      if (account.role !== 'ADMIN') return { kind: 'forbidden' };
      const start = cursor ?? 0;
      const page = [...accounts.values()].toReversed().slice(start, start + settings.pageSize);
      const end = start + page.length;
      const next = page.length > 0 && end < accounts.size ? end : null;
      return { kind: 'page', accounts: page.map((each) => view(each)), cursor: next, total: accounts.size };
    },
    async config() {
      return {
        registrationEnabled: settings.allowRegistration,
        passwordResetEnabled: settings.allowPasswordReset,
        emailLoginEnabled: true,
        emailEnabled: false,
        minPasswordLength: settings.minPasswordLength === 8 ? null : settings.minPasswordLength,
        ldapEnabled: false,
      };
    },
    async ready() {
      return true;
    },
  };
}
