import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';

/**
 * What became of a record that was offered for publication. `superseded`: somebody wrote a newer one since the epoch was
 * read. `signed-out`: the user signed out since.
 */
export type PublishOutcome = 'published' | 'superseded' | 'signed-out';

/** The sealed session record of a user, for whoever writes it. All methods may throw `SessionStoreUnavailable`. */
export interface SessionPublisher {
  /** The epoch to name when publishing. To be read before LibreChat is called. */
  readEpoch(user: DjangoUserId): Promise<number>;
  /** @returns what became of it, and the epoch that holds now in either case */
  publish(
    user: DjangoUserId,
    readEpoch: number,
    session: SessionMaterial,
  ): Promise<{ readonly outcome: PublishOutcome; readonly epoch: number }>;
  /** Whether there is a record, that is, whether somebody uses the session. */
  hasSession(user: DjangoUserId): Promise<boolean>;
  /**
   * Signs out: takes the record away from its readers, and keeps every writer that read an epoch before from bringing it
   * back. The record is put aside until LibreChat's session is ended.
   */
  close(user: DjangoUserId): Promise<void>;
}

/** A published session, opened. */
export interface StoredSession {
  readonly epoch: number;
  readonly session: SessionMaterial;
}

/** A record that was put aside by a sign-out. There may be more than one of a user. */
export interface ClosingRecord {
  /** As it stands in the store: names it to {@link SessionStore.finishClose}. */
  readonly raw: string;
  /** Null when it does not open, so that nobody can end it. */
  readonly session: SessionMaterial | null;
}

/** The sealed session record through its whole life. */
export interface SessionStore extends SessionPublisher {
  /** `unreadable`: there is a record, but none that the keys open. */
  read(user: DjangoUserId): Promise<StoredSession | 'unreadable' | null>;
  /** Tells readers until a time (ms since 1970) that a refresh failed. Nothing happens when somebody wrote since. */
  fail(user: DjangoUserId, readEpoch: number, failure: { code: ErrorCode; until: number }): Promise<void>;
  /** The oldest one. */
  readClosing(user: DjangoUserId): Promise<ClosingRecord | null>;
  /**
   * Puts a renewed session in the place of one that was put aside, whose refresh token is dead by that.
   *
   * @returns the new record; null when the old one is not there any more
   */
  replaceClosing(user: DjangoUserId, raw: string, session: SessionMaterial): Promise<string | null>;
  /** Forgets a record that was put aside; false when it is not there any more. */
  finishClose(user: DjangoUserId, raw: string): Promise<boolean>;
}
