import type { DueUser } from '../../contract/due.ts';
import type { DjangoUserId } from '../../contract/ids.ts';

/** Which passwords a page is about, by the time inside their tokens (seconds since 1970). */
export type Minted = { readonly before: number } | { readonly after: number };

/** The user table, as the fleet reads it: active linked users with a token in the column, by the age of that token. */
export interface FleetTable {
  /**
   * The oldest first, those of one second by id. All methods may throw `DatabaseUnavailable`.
   *
   * @param after the last user of the page before; null for the first page
   */
  page(minted: Minted, after: DueUser | null, limit: number): Promise<readonly DueUser[]>;
  /** The ages of the given users, in no order. Users that the fleet has nothing to do with are left out. */
  agesOf(users: readonly DjangoUserId[]): Promise<readonly DueUser[]>;
  /** Active linked users whose column holds no token but something else. */
  countUnreadable(): Promise<number>;
}
