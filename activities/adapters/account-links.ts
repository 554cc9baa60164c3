import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import { BridgeError } from '../../contract/errors.ts';
import { linkAll, type LinkedNow, type WantedLink } from './link-all.ts';
import { openPostgres, type PostgresOptions } from './postgres.ts';
import { quoteTable } from './sql-identifiers.ts';

/** What an operator may write into the user table by hand. */
export interface AccountLinks {
  /**
   * Links an existing row to an account, whatever it was linked to before, and puts it in doubt: nobody has proved yet
   * that its password opens that account.
   *
   * @returns the account that the row was linked to before
   * @throws BridgeError `UserNotFound`; `AccountConflict`, naming the row that has the account; `DatabaseUnavailable`
   */
  adopt(user: DjangoUserId, accountId: AccountId): Promise<AccountId | null>;
  /**
   * Links many rows that are not linked yet, and puts them in doubt likewise; says of each what came of it, in the order
   * in which they were given. No user and no account may be given twice.
   *
   * @param options.dryRun only says what would come of it
   * @throws BridgeError `DatabaseUnavailable`
   */
  adoptAll(
    wanted: readonly WantedLink[],
    options: { readonly dryRun: boolean },
  ): Promise<readonly LinkedNow[]>;
  /** Which of the accounts some row is linked to. */
  owned(accountIds: readonly AccountId[]): Promise<ReadonlySet<AccountId>>;
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
 * The links in PostgreSQL. The given connection needs the rights to read `id` and `librechat_user_id`, and to write the
 * latter and `librechat_synced_at`.
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
    adoptAll: (wanted, { dryRun }) => linkAll(postgres, table, wanted, dryRun),
    async owned(accountIds) {
      const rows = await postgres.query<{ account: AccountId }>(
        `SELECT librechat_user_id AS account FROM ${table} WHERE librechat_user_id = ANY($1) AND librechat_user_id <> ''`,
        [accountIds],
      );
      return new Set(rows.map(({ account }) => account));
    },
    close: () => postgres.close(),
  };
}
