import QuickLRU from 'quick-lru';
import { BridgeError } from '../../contract/errors.ts';
import type { AccountId, DjangoUserId } from '../../contract/ids.ts';
import type { Secret } from '../../contract/secret.ts';
import { isFresh, isUsable } from '../session-record/freshness.ts';
import type { SessionKeyRing } from '../session-record/key-rings.ts';
import { openAccessToken, readRecord } from '../session-record/record.ts';
import type { SessionRecords } from '../session-record/store.ts';

/** What a request to LibreChat needs. */
export interface ChatSession {
  /** For `authorization: Bearer …`. Prints as `[secret]`; `reveal()` gives the text. */
  readonly accessToken: Secret;
  /** End of the access token, milliseconds since 1970. */
  readonly expiresAt: number;
  /** The user's account at LibreChat. */
  readonly accountId: AccountId;
}

/** What the record of a user says now. */
export type Reading =
  | { readonly kind: 'fresh' | 'stale' | 'expired'; readonly session: ChatSession; readonly epoch: number }
  | { readonly kind: 'none' | 'unreadable' };

/** Reads session records, and opens each of them once. */
export interface SessionReader {
  /**
   * A record that is known and has not expired is read without Redis while Redis is away.
   *
   * @throws BridgeError `SessionStoreUnavailable`
   */
  read(user: DjangoUserId): Promise<Reading>;
  /** Drops what is known of a user. */
  forget(user: DjangoUserId): void;
}

interface Opened {
  readonly raw: string;
  readonly session: ChatSession;
  readonly epoch: number;
}

/**
 * Decrypting costs more than the read itself, so the last record of each user is kept opened until its token expires, and
 * opened anew only when its text has changed.
 *
 * @param options.maxSessions how many records are kept open; the least recently used ones go first
 */
export function createSessionReader(options: {
  readonly records: Pick<SessionRecords, 'read'>;
  readonly sessionKeys: SessionKeyRing;
  readonly maxSessions: number;
}): SessionReader {
  const { records, sessionKeys, maxSessions } = options;
  const known = new QuickLRU<DjangoUserId, Opened>({ maxSize: maxSessions });
  const remember = (user: DjangoUserId, raw: string): Opened => {
    const opened = open(user, raw, sessionKeys);
    const maxAge = Math.max(1, opened.session.expiresAt - Date.now());
    known.set(user, opened, { maxAge });
    return opened;
  };
  return {
    async read(user) {
      const before = known.get(user);
      try {
        const raw = await records.read(user);
        if (raw !== null) return assess(raw === before?.raw ? before : remember(user, raw));
        known.delete(user);
        return { kind: 'none' };
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error;
        if (error.code === 'RecordUnreadable') return { kind: 'unreadable' };
        if (before === undefined || !isUsable(before.session, Date.now())) throw error;
        return assess(before);
      }
    },
    forget: (user) => void known.delete(user),
  };
}

function open(user: DjangoUserId, raw: string, sessionKeys: SessionKeyRing): Opened {
  const record = readRecord(raw);
  const { expiresAt, accountId, epoch } = record;
  const accessToken = openAccessToken(record, user, sessionKeys);
  return { raw, epoch, session: Object.freeze({ accessToken, expiresAt, accountId }) };
}

function assess({ session, epoch }: Opened): Reading {
  const now = Date.now();
  const { expiresAt } = session;
  if (!isUsable(session, now)) return { kind: 'expired', session, epoch };
  return { kind: isFresh({ expiresAt, epoch }, now) ? 'fresh' : 'stale', session, epoch };
}
