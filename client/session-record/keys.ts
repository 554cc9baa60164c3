import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';

/** What Redis holds of one user. */
export interface RecordKeys {
  /** The sealed session record. */
  readonly session: string;
  /** Grows with every write and every sign-out; a writer names the one it read. */
  readonly epoch: string;
  /** A list of the records that were signed out of and are still to be logged out at LibreChat. */
  readonly closing: string;
  /** A short note that a refresh failed, so that not every reader asks for another one. */
  readonly failure: string;
}

/** The hash tag `{id}` keeps the keys of a user in one slot of a Redis cluster, where one script may touch them all. */
export function recordKeys(user: DjangoUserId): RecordKeys {
  return {
    session: `librechat:session:{${user}}`,
    epoch: `librechat:epoch:{${user}}`,
    closing: `librechat:closing:{${user}}`,
    failure: `librechat:failure:{${user}}`,
  };
}

/** What the `closing` keys of all users have in common, as Redis matches keys. */
export const CLOSING_PATTERN = 'librechat:closing:{*}';

/** Whose `closing` key this is; null when it is nobody's. */
export function userOfClosingKey(key: string): DjangoUserId | null {
  const id = /^librechat:closing:\{(.+)\}$/.exec(key)?.[1];
  try {
    return id === undefined ? null : parseDjangoUserId(id);
  } catch {
    return null;
  }
}
