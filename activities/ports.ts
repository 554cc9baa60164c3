import type { SessionMaterial } from '../client/session-record/material.ts';
import type { BridgeError, ErrorCode } from '../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../contract/ids.ts';
import type { Secret } from '../contract/secret.ts';
import type { CallPlan } from './pacing/ports.ts';

/** What the steps need from the outside systems. `activities/adapters/` has one implementation each. */
export interface Services {
  readonly libreChat: LibreChat;
  readonly userTable: UserTable;
  readonly sessionStore: SessionPublisher;
  readonly keyRing: KeyRing;
}

// ── LibreChat ───────────────────────────────────────────────────────────────────────────────────────────────────

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
   * @param options.begun an earlier attempt may have changed something: it is brought to its end before anything is begun
   */
  budgeted<Value>(
    plan: CallPlan,
    work: (libreChat: LibreChat) => Promise<Value>,
    options?: { readonly begun?: boolean },
  ): Promise<Value>;
}

/** An account as LibreChat describes it. */
export interface AccountView {
  readonly accountId: AccountId;
  /** Lower-case. */
  readonly address: string;
  readonly role: string;
  readonly createdAt: Date;
}

/** `refused`: the access token is no longer valid. `gone`: it is, but its account was deleted. */
export type CurrentUserOutcome =
  | { readonly kind: 'account'; readonly account: AccountView & { readonly twoFactorEnabled: boolean } }
  | { readonly kind: 'refused' }
  | { readonly kind: 'gone' };

/** `forbidden`: LibreChat does not let accounts delete themselves. `two-factor`: it asks for the second factor. */
export type DeleteOutcome = 'deleted' | 'gone' | 'forbidden' | 'two-factor' | 'refused';

/**
 * Newest accounts first. Accounts registered between two pages show up twice, accounts deleted between two pages
 * push others out of sight until the next listing. `forbidden`: the token is not an administrator's.
 */
export type AccountListOutcome =
  | {
      readonly kind: 'page';
      readonly accounts: readonly AccountView[];
      /** What to ask for next; null at the end. */
      readonly cursor: number | null;
      readonly total: number;
    }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'refused' };

/** How LibreChat is set up, as far as it tells everybody. */
export interface LibreChatConfig {
  readonly registrationEnabled: boolean;
  readonly passwordResetEnabled: boolean;
  readonly emailLoginEnabled: boolean;
  /** Not to be relied on: false with Mailgun or SMTP without credentials. Only a reset request tells. */
  readonly emailEnabled: boolean;
  /** Null: the default of 8 holds. */
  readonly minPasswordLength: number | null;
  /** With LDAP, local passwords no longer log in. */
  readonly ldapEnabled: boolean;
}

/** What is needed of LibreChat besides credentials and sessions. May throw what {@link LibreChat} may. */
export interface LibreChatAdmin {
  /** `GET /api/user` */
  currentUser(accessToken: Secret): Promise<CurrentUserOutcome>;
  /** `DELETE /api/user/delete`: the account that the access token is for, with all its conversations. */
  deleteAccount(session: Pick<SessionMaterial, 'accessToken'>): Promise<DeleteOutcome>;
  /** `GET /api/admin/users`, a page from `cursor` on (null: the first). */
  listAccounts(accessToken: Secret, cursor: number | null): Promise<AccountListOutcome>;
  /** `GET /api/config` */
  config(): Promise<LibreChatConfig>;
  /** `GET /readyz`: true once LibreChat has started. It does not notice a lost database. */
  ready(): Promise<boolean>;
}

// ── Django's user table ─────────────────────────────────────────────────────────────────────────────────────────

/** A row of Django's user table, as far as the worker may read it. Empty strings are read as null. */
export interface UserRow {
  readonly djangoUserId: DjangoUserId;
  /** As it stands in the row; null when empty. */
  readonly email: string | null;
  readonly active: boolean;
  readonly firstName: string;
  readonly lastName: string;
  readonly accountId: AccountId | null;
  /** When row and LibreChat were last known to agree. Null on a linked row: in doubt. */
  readonly syncedAt: Date | null;
  readonly sealedPassword: string | null;
  /** Another one after every write of the row, whoever writes and whatever. */
  readonly version: string;
}

/** Another row with the same address after `lower(btrim(…))`, active or linked. */
export interface SameAddress {
  readonly djangoUserId: DjangoUserId;
  readonly linked: boolean;
}

/**
 * Every write is a compare-and-set and answers whether it was done. A digest is the SHA-256 of the sealed password, in
 * hexadecimal. All methods may throw `DatabaseUnavailable`.
 */
export interface UserTable {
  read(user: DjangoUserId): Promise<UserRow | null>;
  othersWithAddress(row: UserRow): Promise<readonly SameAddress[]>;
  /**
   * Writes `sealed` where the row is active and the column still has the digest `expected` (null: is empty), which puts
   * the row in doubt.
   *
   * @returns the version that the row has now; null when it was another row than expected
   */
  replacePassword(user: DjangoUserId, expected: string | null, sealed: string): Promise<string | null>;
  /**
   * Links an active row to the account, and says that both agree, where the column still has the digest. A row that is
   * linked already is left alone if it is linked to another account, or in doubt: only `confirm` and `commit` know
   * whether that has passed. Throws `AccountConflict` when another row is linked to the account.
   */
  link(user: DjangoUserId, accountId: AccountId, digest: string): Promise<boolean>;
  /**
   * Says that row and LibreChat may not agree, where the row is active, linked to the account, and the column has the
   * digest (null: is empty). To be written before LibreChat's password is changed.
   *
   * @returns the version that the row has now, for `confirm` or `commit`; null when it was another row than expected
   */
  markInDoubt(user: DjangoUserId, accountId: AccountId, digest: string | null): Promise<string | null>;
  /** Says that row and LibreChat agree, where the row is active and nobody has written it since that version. */
  confirm(user: DjangoUserId, version: string): Promise<boolean>;
  /**
   * Writes a password that LibreChat has taken, and says that both agree, where nobody has written the row since that
   * version. The row need not be active: LibreChat has changed already.
   */
  commit(user: DjangoUserId, version: string, sealed: string): Promise<boolean>;
  /**
   * Says that LibreChat's account is about to be taken from its user, where the row is *not* active, the column has the
   * digest (null: is empty), and the row is linked to the account, or to none: then it is linked now. It is in doubt from
   * then on, should the user be activated again. Throws `AccountConflict` when another row is linked to the account.
   *
   * @returns the version that the row has now, for `clearPassword`; null when it was another row than expected
   */
  markEnding(user: DjangoUserId, accountId: AccountId, digest: string | null): Promise<string | null>;
  /** Empties the password column, where the row is *not* active and nobody has written it since that version. */
  clearPassword(user: DjangoUserId, version: string): Promise<boolean>;
  /**
   * Empties all three columns where the row is linked to the account, which LibreChat has no more. The row may be active:
   * it is linked to nothing then, and provisioned anew.
   *
   * @param version only where the row is *not* active and nobody has written it since: LibreChat may have the account
   *   after all, under another address
   */
  forgetAccount(user: DjangoUserId, accountId: AccountId, version?: string): Promise<boolean>;
}

// ── Keys and sessions ───────────────────────────────────────────────────────────────────────────────────────────

/** Fernet with a ring of keys: the first one seals, any of them opens. */
export interface KeyRing {
  /** Throws `KeyMissing` when the token opens under none of the keys, or is no Fernet token. */
  open(sealed: string): { readonly password: Secret; readonly mintedAtSeconds: number };
  /** The token's time is now, or `after` + 1 where that is later, unless `after` lies more than a day in the future. */
  seal(password: Secret, options?: { readonly afterSeconds?: number }): string;
}

/**
 * What became of a record that was offered for publication. `superseded`: somebody wrote a newer one since the epoch was
 * read. `signed-out`: the user signed out since.
 */
export type PublishOutcome = 'published' | 'superseded' | 'signed-out';

/** The sealed session record of a user, for whoever writes it. All methods may throw `SessionStoreUnavailable`. */
export interface SessionPublisher {
  /** The epoch to name when publishing. To be read before LibreChat is called. */
  readEpoch(user: DjangoUserId): Promise<number>;
  /** Answers the epoch that holds now, whatever became of it. */
  publish(
    user: DjangoUserId,
    readEpoch: number,
    session: SessionMaterial,
  ): Promise<{ readonly outcome: PublishOutcome; readonly epoch: number }>;
  /** Whether there is a record, that is, whether somebody uses the session. */
  hasSession(user: DjangoUserId): Promise<boolean>;
  /**
   * Signs out: takes the record away from its readers, and keeps every writer that read an epoch before from bringing it
   * back. The record is put aside until LibreChat's session is ended.
   */
  close(user: DjangoUserId): Promise<void>;
}

/** A published session, opened. */
export interface StoredSession {
  readonly epoch: number;
  readonly session: SessionMaterial;
}

/** A record that was put aside by a sign-out. There may be more than one of a user. */
export interface ClosingRecord {
  /** As it stands in the store: names it to {@link SessionStore.finishClose}. */
  readonly raw: string;
  /** Null when it does not open, so that nobody can end it. */
  readonly session: SessionMaterial | null;
}

/** The sealed session record through its whole life. */
export interface SessionStore extends SessionPublisher {
  /** `unreadable`: there is a record, but none that the keys open. */
  read(user: DjangoUserId): Promise<StoredSession | 'unreadable' | null>;
  /** Tells readers until a time (ms since 1970) that a refresh failed. Nothing happens when somebody wrote since. */
  fail(user: DjangoUserId, readEpoch: number, failure: { code: ErrorCode; until: number }): Promise<void>;
  /** The oldest one. */
  readClosing(user: DjangoUserId): Promise<ClosingRecord | null>;
  /**
   * Puts a renewed session in the place of one that was put aside, whose refresh token is dead by that.
   *
   * @returns the new record; null when the old one is not there any more
   */
  replaceClosing(user: DjangoUserId, raw: string, session: SessionMaterial): Promise<string | null>;
  /** Forgets a record that was put aside; false when it is not there any more. */
  finishClose(user: DjangoUserId, raw: string): Promise<boolean>;
}
