import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { BridgeError } from '../../contract/errors.ts';
import type { AccountId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import type { CallPlan } from '../pacing/ports.ts';

/** An address and a password, as LibreChat's login and registration take them. */
export interface Credential {
  /** Trimmed and lower-case. */
  readonly address: string;
  readonly password: Secret;
}

/** An open session together with what LibreChat says about its account. */
export interface AccountSession extends SessionMaterial {
  /** `USER`, `ADMIN`, or a role of the operator's own. */
  readonly role: string;
}

/** A refresh does not say when the session was opened: it stays the same one. */
export type RenewedSession = Omit<AccountSession, 'openedAt'>;

/**
 * What a login says about the credential. All else is thrown as {@link BridgeError}: `EmailNotVerified`,
 * `AddressRefused`, `PasswordUnusable`, `AccountBanned`, `PasswordLoginDisabled`, `RateLimited`, `Unrecognized`,
 * `UpstreamUnavailable`.
 */
export type LoginOutcome =
  | { readonly kind: 'session'; readonly session: AccountSession }
  /** The password is right, but LibreChat asks for a second factor. */
  | { readonly kind: 'two-factor' }
  /** No account under this address, or one without a local password (social login, LDAP). */
  | { readonly kind: 'unknown-address' }
  | { readonly kind: 'wrong-password' };

/** The call was sent, and nobody knows whether LibreChat carried it out. Only a login tells. */
export interface UnknownOutcome {
  readonly kind: 'unknown';
  /** `UpstreamUnavailable` or `Unrecognized`. */
  readonly error: BridgeError;
}

/** `accepted` does not mean created: LibreChat answers an existing address in the very same way. Log in to know. */
export type RegisterOutcome = { readonly kind: 'accepted' } | UnknownOutcome;

/** `refused` proves nothing: a sibling may have refreshed first, or LibreChat's database is away. Log in to know. */
export type RefreshOutcome =
  | { readonly kind: 'session'; readonly session: RenewedSession }
  | { readonly kind: 'refused' }
  | UnknownOutcome;

/** `no-link`: the address is unknown, or LibreChat sends its links by mail. */
export type ResetRequestOutcome =
  | { readonly kind: 'link'; readonly accountId: AccountId; readonly token: Secret }
  | { readonly kind: 'no-link' };

/** `superseded`: the link was used, has expired, or a newer one was issued. */
export type ResetOutcome = { readonly kind: 'done' } | { readonly kind: 'superseded' } | UnknownOutcome;

/** LibreChat's HTTP API. Every method may throw `RateLimited`, `AccountBanned`, `UpstreamUnavailable`, `Unrecognized`. */
export interface LibreChat {
  /** `POST /api/auth/login` */
  login(credential: Credential): Promise<LoginOutcome>;
  /** `POST /api/auth/register`. Also throws `RegistrationClosed`, `AddressRefused`, `PasswordUnusable`. */
  register(input: Credential & { readonly name: string }): Promise<RegisterOutcome>;
  /** `POST /api/auth/refresh`: the given token is dead afterwards, whatever the outcome. */
  refresh(refreshToken: Secret): Promise<RefreshOutcome>;
  /** `POST /api/auth/logout` with the session's own cookie. `refused`: the access token is no longer valid. */
  logout(session: Pick<SessionMaterial, 'accessToken' | 'refreshToken'>): Promise<'ended' | 'refused'>;
  /** `POST /api/auth/requestPasswordReset`. Also throws `ResetUnavailable`, `AddressRefused`. */
  requestPasswordReset(address: string): Promise<ResetRequestOutcome>;
  /** `POST /api/auth/resetPassword`: ends all sessions of the account. Also throws `ResetUnavailable`. */
  resetPassword(input: {
    readonly accountId: AccountId;
    readonly token: Secret;
    readonly password: Secret;
  }): Promise<ResetOutcome>;
  /**
   * Runs `work` with a LibreChat that has room for the calls of a plan, so that none of LibreChat's limits stops it in the
   * middle. Throws `RateLimited`, before anything was called, where there is no room.
   *
   * @param options.begun an earlier attempt may have changed something: it is finished before anything new is begun
   */
  budgeted<Value>(
    plan: CallPlan,
    work: (libreChat: LibreChat) => Promise<Value>,
    options?: { readonly begun?: boolean },
  ): Promise<Value>;
}
