import { randomBytes, randomInt } from 'node:crypto';
import { expect } from '@jest/globals';
import { sealedDigest } from '../../activities/credential-rules.ts';
import type { UserRow, UserTable } from '../../activities/ports/user-table.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import type { NewUser } from '../../tools/database/user-database.ts';
import { anyAccount, LONG_AGO, type LinkedUser } from './linked-user.ts';

/** A user table, and what only its tests may do with it. */
export interface UserTableBundle {
  readonly table: UserTable;
  /** Adds a row as Django does: values are stored as they are given, `''` included. */
  readonly add: (user: NewUser) => Promise<DjangoUserId>;
  readonly close: () => Promise<void>;
}

/** What the tests of the port do with its rows. */
export interface Rows {
  readonly add: (user?: Partial<NewUser>) => Promise<DjangoUserId>;
  /** A row with a password `old`, linked to an account of its own long ago unless told otherwise. */
  readonly addLinked: (user?: Partial<NewUser>) => Promise<LinkedUser>;
  readonly rowOf: (user: DjangoUserId) => Promise<UserRow>;
}

export const anyAddress = (): string => `${randomBytes(6).toString('hex')}@example.com`;

/** Somebody of whom there is no row. */
export const stranger = (): DjangoUserId => parseDjangoUserId(String(randomInt(2 ** 46, 2 ** 47)));

/** The rows of a bundle that is opened later. */
export function rowsOf(bundle: () => UserTableBundle): Rows {
  const add: Rows['add'] = (user = {}) => bundle().add({ email: anyAddress(), ...user });
  return {
    add,
    async addLinked(user = {}) {
      const accountId = anyAccount();
      const id = await add({ accountId, syncedAt: LONG_AGO, sealedPassword: 'old', ...user });
      return { id, accountId, digest: sealedDigest('old') };
    },
    async rowOf(user) {
      const row = await bundle().table.read(user);
      if (row === null) throw new Error('The row is gone');
      return row;
    },
  };
}

const begin = Date.now();

/** Of a time that a write of this process has set. A database's clock and ours need not be the same to the millisecond. */
export const expectJustNow = (date: Date | null): void =>
  expect(date?.getTime()).toBeGreaterThan(begin - 1_000);
