import type { UserTable } from '../ports/user-table.ts';
import { DIGEST, EMPTY } from './user-columns.ts';

/** Writes the row with the id $1 where it is the one that `where` describes: the version it has then, else null. */
export type WriteRow = (
  assignments: string,
  where: string,
  values: readonly unknown[],
) => Promise<string | null>;

const UNLINKED = `coalesce(librechat_user_id, '') = ''`;

const IN_DOUBT = 'librechat_synced_at = NULL';
const AGREED = 'librechat_synced_at = now()';
/** LibreChat does not have the new password yet: a linked row is in doubt from this very statement on. */
const NEW_PASSWORD = `librechat_password_encrypted = $2, ${IN_DOUBT}`;
/** '' and not NULL: Django's field may not be nullable. */
const NO_PASSWORD = `librechat_password_encrypted = '', ${IN_DOUBT}`;

/** The compare-and-sets of the user table: each one statement, each naming the row that it expects. */
export function rowWrites(write: WriteRow): Omit<UserTable, 'read' | 'othersWithAddress'> {
  const written = async (...change: Parameters<WriteRow>): Promise<boolean> =>
    (await write(...change)) !== null;
  /** $3 is the digest, and is not bound where the column is to be empty. */
  const writeHeld = (
    assignments: string,
    where: string,
    values: readonly unknown[],
    digest: string | null,
  ): Promise<string | null> =>
    digest === null
      ? write(assignments, `${where} AND ${EMPTY}`, values)
      : write(assignments, `${where} AND ${DIGEST} = $3`, [...values, digest]);
  return {
    replacePassword: (user, expected, sealed) =>
      writeHeld(NEW_PASSWORD, 'is_active', [user, sealed], expected),
    link: (user, accountId, digest) =>
      written(
        `librechat_user_id = $2, ${AGREED}`,
        `is_active AND ${DIGEST} = $3 AND (${UNLINKED} OR (librechat_user_id = $2 AND librechat_synced_at IS NOT NULL))`,
        [user, accountId, digest],
      ),
    markInDoubt: (user, accountId, digest) =>
      writeHeld(IN_DOUBT, 'is_active AND librechat_user_id = $2', [user, accountId], digest),
    confirm: (user, version) => written(AGREED, 'is_active AND xmin::text = $2', [user, version]),
    commit: (user, version, sealed) =>
      written(`librechat_password_encrypted = $3, ${AGREED}`, 'xmin::text = $2', [user, version, sealed]),
    markEnding: (user, accountId, digest) =>
      writeHeld(
        `librechat_user_id = $2, ${IN_DOUBT}`,
        `NOT is_active AND coalesce(librechat_user_id, '') IN ('', $2)`,
        [user, accountId],
        digest,
      ),
    clearPassword: (user, version) =>
      written(NO_PASSWORD, 'NOT is_active AND xmin::text = $2', [user, version]),
    forgetAccount: (user, accountId, version) =>
      version === undefined
        ? written(`librechat_user_id = '', ${NO_PASSWORD}`, 'librechat_user_id = $2', [user, accountId])
        : written(
            `librechat_user_id = '', ${NO_PASSWORD}`,
            'librechat_user_id = $2 AND NOT is_active AND xmin::text = $3',
            [user, accountId, version],
          ),
  };
}
