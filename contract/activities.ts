import type { ProvisionVerdict } from './messages.ts';

/** The steps of an account's life. All are safe to repeat. */
export interface AccountActivities {
  /**
   * Makes sure that an active user has a password in the row, an account at LibreChat that opens with it, and the link
   * between the two; publishes the session of the login that proved it. Retries transient faults for as long as it
   * takes; a terminal one is thrown as a failure whose type is the error code.
   */
  openAccount(input: { readonly djangoUserId: string }): Promise<ProvisionVerdict>;
}
