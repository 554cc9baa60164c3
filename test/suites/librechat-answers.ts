import { type Answer, readJson } from '../../activities/adapters/librechat/answer.ts';
import { classify } from '../../activities/adapters/librechat/classify.ts';
import { parseSetCookies } from '../../activities/adapters/librechat/cookies.ts';
import { readRateLimit } from '../../activities/adapters/librechat/rate-limit.ts';
import { type Route, ROUTES } from '../../activities/adapters/librechat/routes.ts';
import { BridgeError } from '../../contract/errors.ts';

/* Answers of LibreChat v0.8.7 as observed, for the tests of the classifier. */

export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
export const ACCOUNT = '64b7f0c2a1d3e4f5a6b7c8d9';
const LINK_TOKEN = 'ab'.repeat(32);
export const ACCESS_END = 1_767_400_000;
export const REFRESH_END = 1_768_000_000;

export const jwt = (payload: object): string =>
  ['{"alg":"HS256"}', JSON.stringify(payload), 'signature']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
export const ALL_ROUTES: readonly Route[] = Object.keys(ROUTES).filter((name) => isRoute(name));
export const ACCESS = jwt({ id: ACCOUNT, exp: ACCESS_END });
export const REFRESH = jwt({ id: ACCOUNT, sessionId: 'x', exp: REFRESH_END });
export const COOKIES = [
  `refreshToken=${REFRESH}; Path=/; Expires=Fri, 09 Jan 2026 23:06:40 GMT; HttpOnly; SameSite=Strict`,
  'token_provider=librechat; Path=/; HttpOnly; SameSite=Strict',
];
export const USER = {
  _id: ACCOUNT,
  email: 'ada@example.org',
  role: 'USER',
  createdAt: '2026-01-01T00:00:00.000Z',
};

export interface Sent {
  readonly status: number;
  /** Text as it is, all else as JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
}

export function answerOf({ status, body, headers = {}, cookies = [] }: Sent): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    status,
    text,
    json: readJson(text),
    location: headers['location'],
    cookies: parseSetCookies(cookies),
    rateLimit: readRateLimit((name) => headers[name], NOW),
    receivedAt: NOW,
  };
}

/** A meaning by its kind, an error by its code. */
export function summary(route: Route, sent: Sent): string {
  const meaning = classify(route, answerOf(sent));
  return meaning instanceof BridgeError ? meaning.code : meaning.kind;
}

export const message = (text: string): { message: string } => ({ message: text });
export const BAN = message('Your account has been temporarily banned due to violations of our service.');
export const SHORT = 'String must contain at least 8 character(s)';
export const HTML = '<!doctype html><html><head><title>LibreChat</title></head><body></body></html>';
export const ILLEGAL = 'event: error\ndata: {"message":"Illegal request"}\n\n';
export const CREATED = message('Please check your email to verify your email address.');
export const NO_LINK = message(
  'If an account with that email exists, a password reset link has been sent to it.',
);
export const LINK = { link: `http://localhost:3080/reset-password?token=${LINK_TOKEN}&userId=${ACCOUNT}` };
export const SESSION = { token: ACCESS, user: USER };
export const CONFIG = {
  registrationEnabled: true,
  passwordResetEnabled: true,
  emailLoginEnabled: true,
  emailEnabled: false,
};

function isRoute(name: string): name is Route {
  return Object.hasOwn(ROUTES, name);
}
