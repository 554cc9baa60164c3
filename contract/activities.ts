import type { ProvisionVerdict, RotateReason, RotateVerdict } from './messages.ts';

/** The steps of an account's life. All are safe to repeat. */
export interface AccountActivities {
  /**
   * Makes sure that an active user has a password in the row, an account at LibreChat that opens with it, and the link
   * between the two; publishes the session of the login that proved it. Retries transient faults for as long as it
   * takes; a terminal one is thrown as a failure whose type is the error code.
   */
  openAccount(input: { readonly djangoUserId: string }): Promise<ProvisionVerdict>;
}

/** A new password, before LibreChat hears of it. The one sealed thing that any history holds. */
export interface MintedCredential {
  /** Fernet token of the new password. */
  readonly sealed: string;
  /** SHA-256 of the token that it is to replace, in hexadecimal. */
  readonly expected: string;
}

/** The steps of a rotation. A terminal fault is thrown as a failure whose type is the error code. */
export interface CredentialActivities {
  /** Logs in with the password of the row. `rejected`: LibreChat has another one. */
  verifyCredential(input: {
    readonly djangoUserId: string;
  }): Promise<RotateVerdict | { readonly outcome: 'rejected' }>;
  /** Local: its result and what follows are recorded together, so no secret is ever applied that was not recorded. */
  mintCredential(input: {
    readonly djangoUserId: string;
    readonly overwriteUnreadable: boolean;
  }): Promise<MintedCredential | RotateVerdict>;
  /** Makes LibreChat and the row agree on the minted password. */
  applyCredential(
    input: MintedCredential & { readonly djangoUserId: string; readonly reason: RotateReason },
  ): Promise<RotateVerdict>;
}
