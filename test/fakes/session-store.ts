import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { PublishOutcome, SessionStore } from '../../activities/ports.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';

/** The session store in memory, by the same rules for epochs as the script in Redis. It passes the same suite. */
export class FakeSessionStore implements SessionStore {
  /** While true, every call fails as if Redis were away. */
  away = false;
  readonly #now: () => number;
  readonly #epochs = new Map<DjangoUserId, number>();
  readonly #sessions = new Map<DjangoUserId, SessionMaterial>();

  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  async readEpoch(user: DjangoUserId): Promise<number> {
    this.#assertThere();
    return this.#epochs.get(user) ?? 0;
  }

  async publish(user: DjangoUserId, readEpoch: number, session: SessionMaterial): Promise<PublishOutcome> {
    this.#assertThere();
    if ((this.#epochs.get(user) ?? 0) !== readEpoch)
      return this.#sessions.has(user) ? 'superseded' : 'signed-out';
    this.#epochs.set(user, Math.max(readEpoch + 1, this.#now()));
    this.#sessions.set(user, session);
    return 'published';
  }

  async hasSession(user: DjangoUserId): Promise<boolean> {
    this.#assertThere();
    return this.#sessions.has(user);
  }

  async signOut(user: DjangoUserId): Promise<void> {
    this.#assertThere();
    this.#epochs.set(user, Math.max((this.#epochs.get(user) ?? 0) + 1, this.#now()));
    this.#sessions.delete(user);
  }

  /** What a flushed Redis knows of a user. */
  forget(user: DjangoUserId): void {
    this.#epochs.delete(user);
    this.#sessions.delete(user);
  }

  sessionOf(user: DjangoUserId): SessionMaterial | undefined {
    return this.#sessions.get(user);
  }

  #assertThere(): void {
    if (this.away) throw new BridgeError('SessionStoreUnavailable');
  }
}
