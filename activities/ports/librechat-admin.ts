import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { AccountId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';

/** An account as LibreChat describes it. */
export interface AccountView {
  readonly accountId: AccountId;
  /** Lower-case. */
  readonly address: string;
  readonly role: string;
  readonly createdAt: Date;
}

/** `refused`: the access token is no longer valid. `gone`: it is valid, but its account was deleted. */
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

/** What is needed of LibreChat besides credentials and sessions. May throw what `LibreChat` may. */
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
