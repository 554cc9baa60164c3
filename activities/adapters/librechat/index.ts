import { BridgeError } from '../../../contract/errors.ts';
import type { LibreChatAdmin } from '../../ports/librechat-admin.ts';
import type { LibreChat, UnknownOutcome } from '../../ports/librechat.ts';
import { createCaller, type LibreChatOptions } from './call.ts';
import { sessionCookieHeader } from './cookies.ts';

export type { AnswerSeen, LibreChatOptions, LossSeen } from './call.ts';

/** LibreChat over HTTP, with a pool of connections that is to be closed. */
export interface LibreChatAdapter extends LibreChat, LibreChatAdmin, AsyncDisposable {
  /** Waits for running calls, then closes the connections. Later calls throw `UpstreamUnavailable`. */
  close(): Promise<void>;
}

/** Accounts per page of a listing, asked for; LibreChat may answer fewer. */
const PAGE_SIZE = '100';

/**
 * The adapter to LibreChat's HTTP API. It connects with the first call.
 *
 * @throws BridgeError `ConfigurationInvalid` when the base URL is not http(s), or has credentials or a query
 */
export function createLibreChat(options: LibreChatOptions): LibreChatAdapter {
  const { call, close } = createCaller(options);
  const libreChat: LibreChatAdapter = {
    async login({ address, password }) {
      return orThrow(await call('login', { json: { email: address, password: password.reveal() } }));
    },
    async register({ address, password, name }) {
      const secret = password.reveal();
      const json = { name, email: address, password: secret, confirm_password: secret };
      return orUnknown(await call('register', { json }));
    },
    async refresh(refreshToken) {
      return orUnknown(await call('refresh', { cookie: sessionCookieHeader(refreshToken) }));
    },
    async logout({ accessToken, refreshToken }) {
      const input = { bearer: accessToken, cookie: sessionCookieHeader(refreshToken) };
      return orThrow(await call('logout', input)).kind;
    },
    async requestPasswordReset(address) {
      return orThrow(await call('requestPasswordReset', { json: { email: address } }));
    },
    async resetPassword({ accountId, token, password }) {
      const json = { userId: accountId, token: token.reveal(), password: password.reveal() };
      return orUnknown(await call('resetPassword', { json }));
    },
    budgeted: (_plan, work) => work(libreChat),
    async currentUser(accessToken) {
      return orThrow(await call('currentUser', { bearer: accessToken }));
    },
    async deleteAccount({ accessToken }) {
      // Without a body, an account with a second factor is answered 500.
      return orThrow(await call('deleteAccount', { bearer: accessToken, json: {} })).kind;
    },
    async listAccounts(accessToken, cursor) {
      const query = { limit: PAGE_SIZE, offset: String(cursor ?? 0) };
      return orThrow(await call('listAccounts', { bearer: accessToken, query }));
    },
    async config() {
      return orThrow(await call('config')).config;
    },
    async ready() {
      return orThrow(await call('ready')).kind === 'ready';
    },
    close,
    [Symbol.asyncDispose]: close,
  };
  return libreChat;
}

function orThrow<M>(meaning: M | BridgeError): M {
  if (meaning instanceof BridgeError) throw meaning;
  return meaning;
}

/** For calls with effects: an answer that decides nothing is an outcome of its own. All other errors are refusals. */
function orUnknown<M>(meaning: M | BridgeError): M | UnknownOutcome {
  if (!(meaning instanceof BridgeError)) return meaning;
  if (meaning.code !== 'UpstreamUnavailable' && meaning.code !== 'Unrecognized') throw meaning;
  return { kind: 'unknown', error: meaning };
}
