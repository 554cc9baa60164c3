import { Pool } from 'undici';

/** What a new account needs. */
export interface BareAccount {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/** LibreChat's calls without anything around them: no workflow, no row, no session record, no reading of answers. */
export interface BareCalls extends AsyncDisposable {
  /** What provisioning does at LibreChat: a login that finds nothing, the registration, the login. */
  signUp(account: BareAccount): Promise<void>;
  /** What a rotation does at LibreChat: ask for a reset link, set the password with it, log in. */
  rotate(email: string, password: string): Promise<void>;
  /** A login. Answers the refresh token. */
  logIn(account: Pick<BareAccount, 'email' | 'password'>): Promise<string>;
  /** A refresh. Answers the next refresh token; the one that it was made with is dead. */
  refresh(refreshToken: string): Promise<string>;
}

/**
 * The stand-in closes connections that were idle for 5 s. A bench that is short of CPU may notice too late and lose a call,
 * so it lets them go itself, long before.
 */
export const IDLE_CONNECTION_MS = 1_000;

/** As the worker's own. */
const HEADERS = {
  'user-agent':
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
  accept: 'application/json, text/plain, */*',
  'content-type': 'application/json',
};

/** What of a reset link its answer must have. */
const LINK = /token=([0-9a-f]+)&userId=([0-9a-f]+)/;

const COOKIE = /^refreshToken=([^;]+)/;

/**
 * Opens a pool to LibreChat.
 *
 * @param connections as many as the worker has (`LIBRECHAT_CONNECTIONS`), for a fair comparison
 */
export function openBareCalls(url: string, connections: number): BareCalls {
  const pool = new Pool(url, { connections, keepAliveMaxTimeout: IDLE_CONNECTION_MS });
  const call = async (
    path: string,
    expected: number,
    request: { readonly body?: object; readonly cookie?: string },
  ): Promise<{ readonly text: string; readonly refreshToken: string }> => {
    const { body, cookie } = request;
    const answer = await pool.request({
      method: 'POST',
      path,
      headers: { ...HEADERS, ...(cookie === undefined ? {} : { cookie }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== expected)
      throw new Error(`POST ${path} was answered with ${answer.statusCode}: ${text.slice(0, 200)}`);
    const cookies = [answer.headers['set-cookie'] ?? []].flat();
    const [refreshToken = ''] = cookies.flatMap((line) => COOKIE.exec(line)?.[1] ?? []);
    return { text, refreshToken };
  };
  const post = async (path: string, body: object, expected: number): Promise<string> =>
    (await call(path, expected, { body })).text;
  return {
    async signUp({ email, name, password }) {
      await post('/api/auth/login', { email, password }, 404);
      await post('/api/auth/register', { name, email, password, confirm_password: password }, 200);
      await post('/api/auth/login', { email, password }, 200);
    },
    async rotate(email, password) {
      const answer = await post('/api/auth/requestPasswordReset', { email }, 200);
      const [, token, userId] = LINK.exec(answer) ?? [];
      await post('/api/auth/resetPassword', { userId, token, password }, 200);
      await post('/api/auth/login', { email, password }, 200);
    },
    logIn: async ({ email, password }) =>
      (await call('/api/auth/login', 200, { body: { email, password } })).refreshToken,
    refresh: async (refreshToken) =>
      (await call('/api/auth/refresh', 200, { cookie: `refreshToken=${refreshToken}` })).refreshToken,
    [Symbol.asyncDispose]: () => pool.close(),
  };
}
