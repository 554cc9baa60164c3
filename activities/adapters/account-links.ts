import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import { BridgeError } from '../../contract/errors.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';

/** An operator's hand in the user table. */
export interface AccountLinks {
  /**
   * Links an existing row to an account, whatever it was linked to before, and puts it in doubt: nobody has proved yet
   * that its password opens that account.
   *
   * @returns the account that the row was linked to before
   * @throws BridgeError `UserNotFound`; `AccountConflict`, naming the row that has the account; `DatabaseUnavailable`
   */
  adopt(user: DjangoUserId, accountId: AccountId): Promise<AccountId | null>;
  close(): Promise<void>;
}

interface Adoption {
  /** Null when there is no such row. */
  readonly id: string | null;
  readonly before: string | null;
  readonly owner: string | null;
  readonly done: boolean;
}

/**
 * The links in PostgreSQL, by whatever rights the given connection has: those to read `id` and `librechat_user_id`, and
 * to write the latter and `librechat_synced_at`.
 *
 * @param options.table `table` or `schema.table`
 */
export function createAccountLinks(options: PostgresOptions & { readonly table: string }): AccountLinks {
  const table = quoteTable(options.table);
  const postgres = openPostgres({ poolSize: 1, ...options });
  return {
    async adopt(user, accountId) {
      // The unique index may be missing, so the owner is looked for; and it may be made in between, so the index counts.
      const [adoption] = await postgres.queryByKey<Adoption>(
        `WITH target AS (SELECT id, nullif(librechat_user_id, '') AS before FROM ${table} WHERE id = $1),
           owner AS (SELECT id FROM ${table} WHERE librechat_user_id = $2 AND id <> $1 LIMIT 1),
           done AS (UPDATE ${table} SET librechat_user_id = $2, librechat_synced_at = NULL
             WHERE id = $1 AND NOT EXISTS (SELECT FROM owner) RETURNING 1)
         SELECT (SELECT id::text FROM target), (SELECT before FROM target), (SELECT id::text FROM owner) AS owner,
           EXISTS (SELECT FROM done) AS done`,
        [user, accountId],
      );
      if (adoption?.owner) {
        throw new BridgeError('AccountConflict', {
          detail: `row ${adoption.owner} is linked to the account`,
        });
      }
      if (adoption?.done !== true) throw new BridgeError('UserNotFound');
      return adoption.before as AccountId | null;
    },
    close: () => postgres.close(),
  };
}
