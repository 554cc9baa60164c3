import type { DjangoUserId } from '../../contract/ids.ts';

/** A row whose password column is not empty. */
export interface SealedRow {
  readonly djangoUserId: DjangoUserId;
  readonly sealed: string;
}

/** The password column of Django's user table as a whole. All methods may throw `DatabaseUnavailable`. */
export interface CredentialColumn {
  /** The rows after this id (null: from the beginning), in the order of their ids, linked or not, active or not. */
  page(after: DjangoUserId | null, limit: number): Promise<readonly SealedRow[]>;
  /** What stands in the column now; null when that is nothing, or the row is gone. */
  sealedOf(user: DjangoUserId): Promise<string | null>;
  /**
   * Writes `sealed`, and nothing but it, where the column still has the digest; returns whether it did. Whether row and
   * LibreChat agree does not change with the key.
   */
  replaceSealed(user: DjangoUserId, expectedDigest: string, sealed: string): Promise<boolean>;
}

/** `current`: it is under the first key already. `no-token`, `unknown-key`: it does not open. */
export type Rewrapped =
  | { readonly kind: 'rewrapped'; readonly sealed: string }
  | { readonly kind: 'current' | 'no-token' | 'unknown-key' };

/** What a key ring can do beside opening and sealing. */
export interface RewrapRing {
  /** The same secret under the first key of the ring, with the same time: a new key makes no credential younger. */
  rewrap(sealed: string): Rewrapped;
}
