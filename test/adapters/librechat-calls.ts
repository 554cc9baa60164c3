import {
  createLibreChat,
  type LibreChatAdapter,
  type LibreChatOptions,
} from '../../activities/adapters/librechat/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseAccountId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';

export const TIMEOUT_MS = 150;
/** A timer of a busy machine may be late by this much. */
export const SLACK_MS = 1500;
export const TIMEOUTS = { connectTimeoutMs: 100, loginTimeoutMs: TIMEOUT_MS, totalTimeoutMs: TIMEOUT_MS };
export const CREDENTIAL = { address: 'ada@example.org', password: new Secret('correct horse battery') };
export const ACCOUNT = parseAccountId('64b7f0c2a1d3e4f5a6b7c8d9');
export const TOKEN = new Secret('a.b.c');

export const adapterFor = (baseUrl: string, extra: Partial<LibreChatOptions> = {}): LibreChatAdapter =>
  createLibreChat({ baseUrl, ...extra });

/** How a call ends: `unknown/<code>`, the kind of its outcome, or the code that it throws. */
export async function ending(call: Promise<unknown>): Promise<string> {
  try {
    const outcome = await call;
    if (typeof outcome !== 'object' || outcome === null || !('kind' in outcome)) return String(outcome);
    const code = 'error' in outcome && outcome.error instanceof BridgeError ? `/${outcome.error.code}` : '';
    return `${String(outcome.kind)}${code}`;
  } catch (error) {
    return error instanceof BridgeError ? error.code : `not ours: ${String(error)}`;
  }
}

export type Calls = Readonly<Record<string, () => Promise<unknown>>>;

/** One call of every method; those of the second group may have changed something when nobody answers. */
export const decided = (adapter: LibreChatAdapter): Calls => ({
  login: () => adapter.login(CREDENTIAL),
  logout: () => adapter.logout({ accessToken: TOKEN, refreshToken: TOKEN }),
  requestPasswordReset: () => adapter.requestPasswordReset(CREDENTIAL.address),
  currentUser: () => adapter.currentUser(TOKEN),
  deleteAccount: () => adapter.deleteAccount({ accessToken: TOKEN }),
  listAccounts: () => adapter.listAccounts(TOKEN, null),
  config: () => adapter.config(),
  ready: () => adapter.ready(),
});
export const undecided = (adapter: LibreChatAdapter): Calls => ({
  register: () => adapter.register({ ...CREDENTIAL, name: 'Ada' }),
  refresh: () => adapter.refresh(TOKEN),
  resetPassword: () => adapter.resetPassword({ accountId: ACCOUNT, token: TOKEN, password: TOKEN }),
});

export async function endings(calls: Calls): Promise<Record<string, string>> {
  const ended = Object.entries(calls).map(async ([name, call]) => [name, await ending(call())] as const);
  return Object.fromEntries(await Promise.all(ended));
}

export const each = (names: object, end: string): object =>
  Object.fromEntries(Object.keys(names).map((name) => [name, end]));
