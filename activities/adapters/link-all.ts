import { BridgeError } from '../../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import { halvedWhereRefused, isNoSuchValue, type Postgres } from './postgres.ts';

/** A row, and the account that it is to be linked to. */
export interface WantedLink {
  readonly user: DjangoUserId;
  readonly accountId: AccountId;
}

/**
 * What came of it. `linked`: now. `unchanged`: it was before. `no-row`: there is no such row. `other-account`: the row is
 * linked to another one (`by`). `owned`: another row (`by`) is linked to the account.
 */
export interface LinkedNow extends WantedLink {
  readonly result: 'linked' | 'unchanged' | 'no-row' | 'other-account' | 'owned';
  readonly by?: string;
}

interface Seen {
  readonly id: string;
  readonly account: string | null;
}

/**
 * Links one batch by a compare-and-set: only rows that are linked to nothing, and only to accounts that no row has. A batch
 * that PostgreSQL refuses as a whole (a key that no row of this table can have, an account that somebody links in that very
 * moment) is halved until the one that it refuses is found.
 */
export function linkAll(
  postgres: Postgres,
  table: string,
  wanted: readonly WantedLink[],
  dryRun: boolean,
): Promise<readonly LinkedNow[]> {
  return halvedWhereRefused(
    wanted,
    (some) => linkBatch(postgres, table, some, dryRun),
    (link, error) => {
      if (isNoSuchValue(error)) return [{ ...link, result: 'no-row' }];
      if (error instanceof BridgeError && error.code === 'AccountConflict')
        return [{ ...link, result: 'owned' }];
      throw error;
    },
  );
}

async function linkBatch(
  postgres: Postgres,
  table: string,
  wanted: readonly WantedLink[],
  dryRun: boolean,
): Promise<readonly LinkedNow[]> {
  const users = wanted.map(({ user }) => user);
  const accounts = wanted.map(({ accountId }) => accountId);
  const columns = `id::text, nullif(librechat_user_id, '') AS account`;
  const rows = await postgres.query<Seen>(`SELECT ${columns} FROM ${table} WHERE id = ANY($1)`, [users]);
  const owners = await postgres.query<Seen>(
    `SELECT ${columns} FROM ${table} WHERE librechat_user_id = ANY($1) AND librechat_user_id <> ''`,
    [accounts],
  );
  const plan = planLinks(wanted, rows, owners);
  const free = plan.filter(({ result }) => result === 'linked');
  if (dryRun || free.length === 0) return plan;
  // The rows are found by their key in its own type; the pairs come as text.
  const done = await postgres.query<{ id: string }>(
    `UPDATE ${table} AS target SET librechat_user_id = wanted.account, librechat_synced_at = NULL
     FROM unnest($2::text[], $3::text[]) AS wanted(id, account)
     WHERE target.id = ANY($1) AND target.id::text = wanted.id AND coalesce(target.librechat_user_id, '') = ''
       AND NOT EXISTS (SELECT FROM ${table} AS other WHERE other.librechat_user_id = wanted.account)
     RETURNING target.id::text`,
    [free.map(({ user }) => user), free.map(({ user }) => user), free.map(({ accountId }) => accountId)],
  );
  if (done.length === free.length) return plan;
  // Somebody was quicker: what the rows hold now says what is to be done.
  const linked = new Set(done.map(({ id }) => id));
  const late = await linkBatch(postgres, table, wanted, dryRun);
  return late.map((one) => (linked.has(one.user) ? { ...one, result: 'linked' } : one));
}

/** What is to be done, by what the rows hold. `linked`: it can be. */
function planLinks(
  wanted: readonly WantedLink[],
  rows: readonly Seen[],
  owners: readonly Seen[],
): readonly LinkedNow[] {
  const accountOf = new Map(rows.map(({ id, account }) => [id, account]));
  const ownerOf = new Map(owners.map(({ id, account }) => [account, id]));
  return wanted.map((link): LinkedNow => {
    const account = accountOf.get(link.user);
    if (account === undefined) return { ...link, result: 'no-row' };
    if (account === link.accountId) return { ...link, result: 'unchanged' };
    if (account !== null) return { ...link, result: 'other-account', by: account };
    const owner = ownerOf.get(link.accountId);
    return owner === undefined ? { ...link, result: 'linked' } : { ...link, result: 'owned', by: owner };
  });
}
