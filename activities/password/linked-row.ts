import type { AccountId } from '../../contract/ids.ts';
import type { UserRow } from '../ports/user-table.ts';

/** A row that owns an account at LibreChat. */
export type LinkedRow = UserRow & { readonly accountId: AccountId };

/** One whose password column is not empty either. */
export type LinkedRowWithPassword = LinkedRow & { readonly sealedPassword: string };

export const isLinked = (row: UserRow): row is LinkedRow => row.accountId !== null;

export const isLinkedWithPassword = (row: UserRow): row is LinkedRowWithPassword =>
  isLinked(row) && row.sealedPassword !== null;
