import type { AccountId } from '../../contract/ids.ts';
import type { UserRow } from '../ports.ts';

/** A row that owns an account at LibreChat. */
export type LinkedRow = UserRow & { readonly accountId: AccountId };

export const isLinked = (row: UserRow): row is LinkedRow => row.accountId !== null;
