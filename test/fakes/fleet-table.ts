import type { FleetTable, Minted } from '../../activities/fleet/ports.ts';
import type { UserRow } from '../../activities/ports/user-table.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DueUser } from '../../contract/due.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { FakeUserTable } from './user-table.ts';

/** The fleet's view of a user table in memory. It passes the same suite as that of PostgreSQL. */
export class FakeFleetTable implements FleetTable {
  readonly #table: FakeUserTable;

  constructor(table: FakeUserTable) {
    this.#table = table;
  }

  async page(minted: Minted, after: DueUser | null, limit: number): Promise<readonly DueUser[]> {
    return this.#rows()
      .flatMap(withAge)
      .filter(({ mintedAt }) => ('before' in minted ? mintedAt < minted.before : mintedAt > minted.after))
      .filter((user) => after === null || order(user, after) > 0)
      .sort(order)
      .slice(0, limit);
  }

  async agesOf(users: readonly DjangoUserId[]): Promise<readonly DueUser[]> {
    return this.#rows()
      .filter(({ djangoUserId }) => users.includes(djangoUserId))
      .flatMap(withAge);
  }

  async countUnreadable(): Promise<number> {
    return this.#rows().filter((row) => filled(row.sealedPassword) && withAge(row).length === 0).length;
  }

  #rows(): readonly UserRow[] {
    if (this.#table.away) throw new BridgeError('DatabaseUnavailable');
    return [...this.#table.rows.values()].filter(({ active, accountId }) => active && filled(accountId));
  }
}

const filled = (value: string | null): boolean => value !== null && value !== '';

function withAge({ djangoUserId, sealedPassword }: UserRow): readonly DueUser[] {
  if (!/^gAAAAA[A-Za-z0-9_-]{6}/.test(sealedPassword ?? '')) return [];
  const mintedAt = Number(Buffer.from(sealedPassword ?? '', 'base64url').readBigUInt64BE(1));
  return [{ djangoUserId, mintedAt }];
}

const order = (one: DueUser, other: DueUser): number =>
  one.mintedAt - other.mintedAt || Number(BigInt(one.djangoUserId) - BigInt(other.djangoUserId));
