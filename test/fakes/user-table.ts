import { sealedDigest } from '../../activities/credential-rules.ts';
import type { SameAddress, UserRow, UserTable } from '../../activities/ports/user-table.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';

type Changes = Partial<Pick<UserRow, 'accountId' | 'syncedAt' | 'sealedPassword'>>;

/**
 * Django's user table in memory, by the same rules as the statements in PostgreSQL. It passes the same suite. Nothing in
 * it waits, so that a model check can take millions of steps.
 */
export class FakeUserTable implements UserTable {
  /** The rows as they are stored: `''` stands for nothing, as in a column of Django's that is not nullable. */
  readonly rows = new Map<DjangoUserId, UserRow>();
  /** While true, every call fails as if PostgreSQL were away. */
  away = false;
  readonly #now: () => Date;
  #versions = 0;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  /** Writes a whole row, as Django does. What is left out is that of an active user who has nothing yet. */
  put(row: Partial<UserRow> & Pick<UserRow, 'djangoUserId'>): void {
    this.rows.set(row.djangoUserId, { ...NEWCOMER, ...row, version: this.#nextVersion() });
  }

  async read(user: DjangoUserId): Promise<UserRow | null> {
    this.#assertThere();
    const row = this.rows.get(user);
    if (row === undefined) return null;
    const { email, accountId, sealedPassword } = row;
    return {
      ...row,
      email: email === null || email.trim() === '' ? null : email,
      accountId: isEmpty(accountId) ? null : accountId,
      sealedPassword: isEmpty(sealedPassword) ? null : sealedPassword,
    };
  }

  async othersWithAddress({ djangoUserId, email }: UserRow): Promise<readonly SameAddress[]> {
    this.#assertThere();
    if (email === null) return [];
    return [...this.rows.values()]
      .map((row) => ({ ...row, linked: !isEmpty(row.accountId) }))
      .filter((row) => row.djangoUserId !== djangoUserId && (row.active || row.linked))
      .filter((row) => row.email !== null && comparable(row.email) === comparable(email))
      .map(({ djangoUserId, linked }) => ({ djangoUserId, linked }))
      .sort(linkedFirstThenById)
      .slice(0, 10);
  }

  async replacePassword(user: DjangoUserId, expected: string | null, sealed: string): Promise<string | null> {
    return this.#write(user, { sealedPassword: sealed, syncedAt: null }, (row) => {
      return row.active && hasDigest(row, expected);
    });
  }

  async link(user: DjangoUserId, accountId: AccountId, digest: string): Promise<boolean> {
    const isDoubtless = (row: UserRow): boolean =>
      isEmpty(row.accountId) || (row.accountId === accountId && row.syncedAt !== null);
    return this.#update(user, { accountId, syncedAt: this.#now() }, (row) => {
      if (!row.active || !hasDigest(row, digest) || !isDoubtless(row)) return false;
      this.#assertOneOwner(user, accountId);
      return true;
    });
  }

  async markInDoubt(user: DjangoUserId, accountId: AccountId, digest: string | null): Promise<string | null> {
    return this.#write(user, { syncedAt: null }, (row) => {
      return row.active && row.accountId === accountId && hasDigest(row, digest);
    });
  }

  async confirm(user: DjangoUserId, version: string): Promise<boolean> {
    return this.#update(user, { syncedAt: this.#now() }, (row) => row.active && row.version === version);
  }

  async commit(user: DjangoUserId, version: string, sealed: string): Promise<boolean> {
    return this.#update(
      user,
      { sealedPassword: sealed, syncedAt: this.#now() },
      (row) => row.version === version,
    );
  }

  async markEnding(user: DjangoUserId, accountId: AccountId, digest: string | null): Promise<string | null> {
    return this.#write(user, { accountId, syncedAt: null }, (row) => {
      const isFree = isEmpty(row.accountId) || row.accountId === accountId;
      if (row.active || !hasDigest(row, digest) || !isFree) return false;
      this.#assertOneOwner(user, accountId);
      return true;
    });
  }

  async clearPassword(user: DjangoUserId, version: string): Promise<boolean> {
    const nothing = { sealedPassword: '', syncedAt: null };
    return this.#update(user, nothing, (row) => !row.active && row.version === version);
  }

  async forgetAccount(user: DjangoUserId, accountId: AccountId, version?: string): Promise<boolean> {
    const nothing = { accountId: null, sealedPassword: '', syncedAt: null };
    return this.#update(user, nothing, (row) => {
      const asRead = version === undefined || (!row.active && row.version === version);
      return row.accountId === accountId && asRead;
    });
  }

  #nextVersion(): string {
    this.#versions += 1;
    return String(this.#versions);
  }

  #update(user: DjangoUserId, changes: Changes, where: (row: UserRow) => boolean): boolean {
    return this.#write(user, changes, where) !== null;
  }

  #write(user: DjangoUserId, changes: Changes, where: (row: UserRow) => boolean): string | null {
    this.#assertThere();
    const row = this.rows.get(user);
    if (row === undefined || !where(row)) return null;
    const version = this.#nextVersion();
    this.rows.set(user, { ...row, ...changes, version });
    return version;
  }

  #assertOneOwner(user: DjangoUserId, accountId: AccountId): void {
    for (const other of this.rows.values())
      if (other.djangoUserId !== user && other.accountId === accountId)
        throw new BridgeError('AccountConflict', {
          detail: 'another row is linked to the same LibreChat account',
        });
  }

  #assertThere(): void {
    if (this.away) throw new BridgeError('DatabaseUnavailable');
  }
}

const NEWCOMER: Omit<UserRow, 'djangoUserId' | 'version'> = {
  email: 'ada@example.com',
  active: true,
  firstName: 'Ada',
  lastName: 'Lovelace',
  accountId: null,
  syncedAt: null,
  sealedPassword: null,
};

const isEmpty = (value: string | null): value is null => value === null || value === '';

const hasDigest = ({ sealedPassword }: UserRow, digest: string | null): boolean =>
  isEmpty(sealedPassword) ? digest === null : sealedDigest(sealedPassword) === digest;

/** As `lower(btrim(…))`: spaces only, not what JavaScript trims besides. */
const comparable = (address: string): string => address.replaceAll(/^ +| +$/g, '').toLowerCase();

function linkedFirstThenById(one: SameAddress, other: SameAddress): number {
  if (one.linked !== other.linked) return one.linked ? -1 : 1;
  const [a, b] = [one.djangoUserId, other.djangoUserId];
  // Decimal numbers without leading zeros; UUIDs are all of one length.
  return a.length === b.length ? Number(a > b) - Number(a < b) : a.length - b.length;
}
