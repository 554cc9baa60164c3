import { z } from 'zod';

import { BridgeError, type ErrorCode } from '../../../contract/errors.ts';
import type { AccountListOutcome, CurrentUserOutcome, LibreChatConfig } from '../../ports/librechat-admin.ts';
import type {
  LoginOutcome,
  RefreshOutcome,
  RegisterOutcome,
  ResetOutcome,
  ResetRequestOutcome,
  UnknownOutcome,
} from '../../ports/librechat.ts';
import { ACCOUNT_LIST, CONFIG, CURRENT_USER } from './account-bodies.ts';
import type { Answer } from './answer.ts';
import { body, type Line, read, says, writes } from './answer-lines.ts';
import { waitSeconds } from './rate-limit.ts';
import { parseResetLink } from './reset-link.ts';
import type { Route } from './routes.ts';
import { readOpened, readSession } from './session.ts';

/*
 * The only place that decides what an answer of LibreChat means. The key is (route, status, exact message), since
 * the status alone lies: a wrong password is a 404, a wrong path a 200, a registration of a taken address the same
 * 200 as a new one. Lines are tried from top to bottom, a route's own before the general ones. What no line knows is
 * `Unrecognized`: transient, and never success.
 */

/** What the answers of a route can mean. */
export interface Meanings {
  readonly login: LoginOutcome;
  readonly register: Exclude<RegisterOutcome, UnknownOutcome>;
  readonly refresh: Exclude<RefreshOutcome, UnknownOutcome>;
  readonly logout: { readonly kind: 'ended' | 'refused' };
  readonly requestPasswordReset: ResetRequestOutcome;
  readonly resetPassword: Exclude<ResetOutcome, UnknownOutcome>;
  readonly currentUser: CurrentUserOutcome;
  readonly deleteAccount: { readonly kind: 'deleted' | 'gone' | 'forbidden' | 'two-factor' | 'refused' };
  readonly listAccounts: AccountListOutcome;
  readonly config: { readonly kind: 'config'; readonly config: LibreChatConfig };
  readonly ready: { readonly kind: 'ready' | 'starting' };
}

/**
 * Says what an answer means.
 *
 * @returns the route's meaning, or the error that the answer stands for; it never throws.
 */
export function classify<R extends Route>(route: R, answer: Answer): Meanings[R] | BridgeError {
  for (const line of [...LINES[route], ...EVERYWHERE]) {
    const meaning = line(answer);
    if (meaning !== undefined) return meaning;
  }
  return new BridgeError('Unrecognized', { detail: `${route} was answered with status ${answer.status}` });
}

/** Of LibreChat's guard, which repeats what its JWT library says. `Unauthorized` is another thing: no such account. */
const OF_A_DEAD_TOKEN = [
  'No auth token',
  'jwt malformed',
  'jwt expired',
  'invalid token',
  'invalid signature',
  'invalid algorithm',
];

const LINES: { readonly [R in Route]: readonly Line<Meanings[R]>[] } = {
  login: [
    body(200, z.object({ twoFAPending: z.literal(true) }), () => ({ kind: 'two-factor' })),
    read(200, readOpened, (session) => ({ kind: 'session', session })),
    says(404, 'Email does not exist.', () => ({ kind: 'unknown-address' })),
    says(404, 'Incorrect password.', () => ({ kind: 'wrong-password' })),
    read(404, readRefusedField, fails),
    says(422, 'Email not verified.', () => fails('EmailNotVerified')),
    says(403, 'Email login is not allowed.', () => fails('PasswordLoginDisabled')),
  ],
  register: [
    says(200, 'Please check your email to verify your email address.', () => ({ kind: 'accepted' })),
    read(404, readRefusedField, fails),
    says(403, 'Registration is not allowed.', () => fails('RegistrationClosed')),
    says(403, 'The email address provided cannot be used. Please use a different email address.', () =>
      fails('AddressRefused'),
    ),
  ],
  refresh: [
    read(200, readSession, (session) => ({ kind: 'session', session })),
    writes(200, 'Refresh token not provided', () => ({ kind: 'refused' })),
    writes(401, 'Refresh token expired or not found for this user', () => ({ kind: 'refused' })),
    writes(403, 'Invalid refresh token', () => ({ kind: 'refused' })),
    writes(403, 'No session found', () => ({ kind: 'refused' })),
    writes(403, 'Invalid OpenID refresh token', () => ({ kind: 'refused' })),
    // The account was deleted. The login that follows a refusal says so.
    read(302, readLoginRedirect, () => ({ kind: 'refused' })),
  ],
  logout: [
    says(200, 'Logout successful', () => ({ kind: 'ended' })),
    says(401, [...OF_A_DEAD_TOKEN, 'Unauthorized'], () => ({ kind: 'refused' })),
  ],
  requestPasswordReset: [
    read(200, readLink, (link) => ({ kind: 'link', ...link })),
    says(200, 'If an account with that email exists, a password reset link has been sent to it.', () => ({
      kind: 'no-link',
    })),
    body(400, z.strictObject({ code: z.literal('auth_failed') }), () => fails('AddressRefused')),
    writes(403, 'Password reset is not allowed.', () => fails('ResetUnavailable')),
  ],
  resetPassword: [
    says(200, 'Password reset was successful', () => ({ kind: 'done' })),
    // Any other 400 may come after the password was changed (the confirmation mail failed) or from a lost database.
    body(400, z.strictObject({}), () => ({ kind: 'superseded' })),
    writes(403, 'Password reset is not allowed.', () => fails('ResetUnavailable')),
  ],
  currentUser: [
    body(200, CURRENT_USER, (account) => ({ kind: 'account', account })),
    says(401, OF_A_DEAD_TOKEN, () => ({ kind: 'refused' })),
    says(401, 'Unauthorized', () => ({ kind: 'gone' })),
  ],
  deleteAccount: [
    says(200, 'User deleted', () => ({ kind: 'deleted' })),
    says(403, 'You do not have permission to delete this account', () => ({ kind: 'forbidden' })),
    says(401, OF_A_DEAD_TOKEN, () => ({ kind: 'refused' })),
    says(401, 'Unauthorized', () => ({ kind: 'gone' })),
    // The texts differ with the version; on this route only the second factor is answered with 400 and a message.
    body(400, z.strictObject({ message: z.string() }), () => ({ kind: 'two-factor' })),
  ],
  listAccounts: [
    body(200, ACCOUNT_LIST, ({ users, total, offset }) => {
      const end = offset + users.length;
      return { kind: 'page', accounts: users, total, cursor: users.length > 0 && end < total ? end : null };
    }),
    says(403, 'Forbidden', () => ({ kind: 'forbidden' })),
    says(401, [...OF_A_DEAD_TOKEN, 'Unauthorized'], () => ({ kind: 'refused' })),
  ],
  config: [body(200, CONFIG, (config) => ({ kind: 'config', config }))],
  ready: [
    writes(200, 'OK', () => ({ kind: 'ready' })),
    writes(503, 'NOT_READY', () => ({ kind: 'starting' })),
  ],
};

const EVERYWHERE: readonly Line<never>[] = [
  says(403, 'Your account has been temporarily banned due to violations of our service.', () =>
    fails('AccountBanned'),
  ),
  ({ status, rateLimit, receivedAt }) =>
    status === 429 ? fails('RateLimited', waitSeconds(rateLimit, receivedAt)) : undefined,
  ({ status }) => (status >= 500 && status <= 599 ? fails('UpstreamUnavailable') : undefined),
];

function fails(code: ErrorCode, retryAfterSeconds?: number): BridgeError {
  return new BridgeError(code, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

const FIELD_TEXT = /(?:^| )(name|email|username|password|confirm_password): /g;

/** What the validation texts complain about: an address that a human must change, or a password that can be replaced. */
function readRefusedField(answer: Answer): 'AddressRefused' | 'PasswordUnusable' | undefined {
  const message = z.object({ message: z.string() }).safeParse(answer.json).data?.message ?? '';
  if (!/^[a-z_]+: /.test(message)) return undefined;
  const fields = new Set([...message.matchAll(FIELD_TEXT)].map(([, field]) => field));
  if (fields.has('email')) return 'AddressRefused';
  return fields.has('password') ? 'PasswordUnusable' : undefined;
}

function readLink(answer: Answer): ReturnType<typeof parseResetLink> {
  const link = z.object({ link: z.string() }).safeParse(answer.json).data?.link;
  return link === undefined ? undefined : parseResetLink(link);
}

function readLoginRedirect({ location = '' }: Answer): true | undefined {
  return /^[^?#]*\/login$/.test(location) ? true : undefined;
}
