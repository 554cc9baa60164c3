import type { AccountId, DjangoUserId } from '../../contract/ids.ts';

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
  /** Changes with every write of the row, by anybody and of anything. */
  readonly version: string;
}

/** Another row with the same address after `lower(btrim(…))`, active or linked. */
export interface SameAddress {
  readonly djangoUserId: DjangoUserId;
  readonly linked: boolean;
}

/**
 * Every write is a compare-and-set and returns whether it was done. A digest is the SHA-256 of the sealed password, in
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
   * Empties all three columns where the row is linked to the account, which LibreChat no longer has. The row may be active:
   * it is linked to nothing then, and provisioned again.
   *
   * @param version only where the row is *not* active and nobody has written it since: LibreChat may have the account
   *   after all, under another address
   */
  forgetAccount(user: DjangoUserId, accountId: AccountId, version?: string): Promise<boolean>;
}
