import type { RowClass, RowRange, SweepTable } from '../../activities/sweep/ports.ts';
import type { UserRow } from '../../activities/ports/user-table.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { FakeUserTable } from './user-table.ts';

/** The sweep's view of a user table in memory. It passes the same suite as that of PostgreSQL. */
export class FakeSweepTable implements SweepTable {
  readonly #table: FakeUserTable;

  constructor(table: FakeUserTable) {
    this.#table = table;
  }

  async due(rows: RowClass, { after, upTo }: RowRange, limit: number): Promise<readonly DjangoUserId[]> {
    if (this.#table.away) throw new BridgeError('DatabaseUnavailable');
    return [...this.#table.rows.values()]
      .filter((row) => DUE[rows](row))
      .map(({ djangoUserId }) => djangoUserId)
      .filter((id) => (after === null || order(id, after) > 0) && (upTo === null || order(id, upTo) <= 0))
      .sort(order)
      .slice(0, limit);
  }
}

const filled = (value: string | null): boolean => value !== null && value !== '';

const DUE: Readonly<Record<RowClass, (row: UserRow) => boolean>> = {
  provision: ({ active, accountId, sealedPassword }) =>
    active && !(filled(accountId) && filled(sealedPassword)),
  repair: ({ active, accountId, sealedPassword, syncedAt }) =>
    active && filled(accountId) && filled(sealedPassword) && syncedAt === null,
  suspend: ({ active, sealedPassword }) => !active && filled(sealedPassword),
};

/** Decimal numbers, as those of a `bigint` column. */
const order = (one: DjangoUserId, other: DjangoUserId): number => Number(BigInt(one) - BigInt(other));
