import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { ClosingRecords } from '../../activities/sweep/ports.ts';
import type { SessionFailure } from '../../client/session-record/index.ts';
import type {
  ClosingRecord,
  PublishOutcome,
  SessionStore,
  StoredSession,
} from '../../activities/ports/session-store.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';

interface Entry {
  epoch: number;
  stored: StoredSession | 'unreadable' | null;
  closing: ClosingRecord[];
  failure: SessionFailure | null;
}

/** The session store in memory, by the same rules for epochs as the script in Redis. It passes the same suite. */
export class FakeSessionStore implements SessionStore, ClosingRecords {
  /** While true, every call fails as if Redis were away. */
  away = false;
  readonly #now: () => number;
  readonly #entries = new Map<DjangoUserId, Entry>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async readEpoch(user: DjangoUserId): Promise<number> {
    return this.#entry(user).epoch;
  }

  async publish(
    user: DjangoUserId,
    readEpoch: number,
    session: SessionMaterial,
  ): Promise<{ readonly outcome: PublishOutcome; readonly epoch: number }> {
    const entry = this.#entry(user);
    if (entry.epoch !== readEpoch)
      return { outcome: entry.stored === null ? 'signed-out' : 'superseded', epoch: entry.epoch };
    const epoch = Math.max(readEpoch + 1, this.#now());
    Object.assign(entry, { epoch, stored: { epoch, session }, failure: null });
    return { outcome: 'published', epoch };
  }

  async hasSession(user: DjangoUserId): Promise<boolean> {
    return this.#entry(user).stored !== null;
  }

  async read(user: DjangoUserId): Promise<StoredSession | 'unreadable' | null> {
    return this.#entry(user).stored;
  }

  async fail(user: DjangoUserId, readEpoch: number, failure: SessionFailure): Promise<void> {
    const entry = this.#entry(user);
    if (entry.epoch === readEpoch) entry.failure = failure;
  }

  async close(user: DjangoUserId): Promise<void> {
    const entry = this.#entry(user);
    const epoch = Math.max(entry.epoch + 1, this.#now());
    if (entry.stored !== null) entry.closing.push(closingOf(entry.stored));
    Object.assign(entry, { epoch, stored: null, failure: null });
  }

  async readClosing(user: DjangoUserId): Promise<ClosingRecord | null> {
    return this.#entry(user).closing[0] ?? null;
  }

  async finishClose(user: DjangoUserId, raw: string): Promise<boolean> {
    const { closing } = this.#entry(user);
    const index = closing.findIndex((record) => record.raw === raw);
    if (index !== -1) closing.splice(index, 1);
    return index !== -1;
  }

  async replaceClosing(user: DjangoUserId, raw: string, session: SessionMaterial): Promise<string | null> {
    if (!(await this.finishClose(user, raw))) return null;
    const record = { raw: `${raw}, renewed`, session };
    this.#entry(user).closing.unshift(record);
    return record.raw;
  }

  /** One user at a time, so that there are many steps. */
  async scanClosing(cursor: string | null): ReturnType<ClosingRecords['scanClosing']> {
    if (this.away) throw new BridgeError('SessionStoreUnavailable');
    const all = [...this.#entries].filter(([, { closing }]) => closing.length > 0).map(([user]) => user);
    const at = Number(cursor ?? '0');
    return { users: all.slice(at, at + 1), cursor: at + 1 < all.length ? String(at + 1) : null };
  }

  /** What a flushed Redis knows of a user. */
  forget(user: DjangoUserId): void {
    this.#entries.delete(user);
  }

  /** The record of a user was sealed with keys that are gone. */
  makeUnreadable(user: DjangoUserId): void {
    this.#entry(user).stored = 'unreadable';
  }

  sessionOf(user: DjangoUserId): SessionMaterial | undefined {
    const stored = this.#entries.get(user)?.stored;
    return stored === 'unreadable' ? undefined : stored?.session;
  }

  failureOf(user: DjangoUserId): SessionFailure | null {
    return this.#entries.get(user)?.failure ?? null;
  }

  #entry(user: DjangoUserId): Entry {
    if (this.away) throw new BridgeError('SessionStoreUnavailable');
    const entry = this.#entries.get(user) ?? { epoch: 0, stored: null, closing: [], failure: null };
    this.#entries.set(user, entry);
    return entry;
  }
}

function closingOf(stored: StoredSession | 'unreadable'): ClosingRecord {
  if (stored === 'unreadable') return { raw: 'unreadable', session: null };
  return { raw: `record of epoch ${stored.epoch}`, session: stored.session };
}
