import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Data, Ledger, LinkToken, Session, User } from './documents.ts';
import type { Settings } from './settings.ts';

/** LibreChat's driver reports the refused connection, port and all, and some routes pass that text on. */
const LOST = 'connect ECONNREFUSED 127.0.0.1:27017';

let counter = 0;

/** A MongoDB ObjectId: 24 hexadecimal digits that grow with time. */
export function objectId(): string {
  counter = (counter + 1) % 0x1000000;
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return seconds.padStart(8, '0') + randomBytes(5).toString('hex') + counter.toString(16).padStart(6, '0');
}

class DuplicateKey extends Error {}
class DocumentNotFound extends Error {}

const emailKey = (email: string): string => email.trim().toLowerCase();

/**
 * The collections, in memory. Every operation is asynchronous and answers with copies, as a database does, so that
 * read-then-write races between two requests are as real here as they are in LibreChat.
 */
export class Database {
  readonly #settings: Settings;
  readonly #users = new Map<string, User>();
  readonly #byEmail = new Map<string, User[]>();
  readonly #sessions = new Map<string, Map<string, Session>>();
  #links: LinkToken[] = [];
  readonly bans = new Map<string, number>();
  readonly violations = new Map<string, number>();
  readonly ledgers = new Map<string, Ledger>();
  /** True when something changed since the last snapshot. */
  dirty = false;
  readonly #waiting = new Set<() => void>();

  constructor(settings: Settings, data?: Data) {
    this.#settings = settings;
    for (const user of data?.users ?? []) this.#index(user);
    for (const session of data?.sessions ?? []) this.#sessionsOf(session.user).set(session._id, session);
    this.#links = data?.links ?? [];
    for (const [key, until] of Object.entries(data?.bans ?? {})) this.bans.set(key, until);
    for (const [key, score] of Object.entries(data?.violations ?? {})) this.violations.set(key, score);
    for (const [email, ledger] of Object.entries(data?.ledgers ?? {})) this.ledgers.set(email, ledger);
  }

  /** One round trip, or the silence of a lost server followed by the driver's error. */
  async #roundTrip(): Promise<void> {
    if (this.#settings.databaseLost) await this.#silence();
    const latency = this.#settings.databaseLatencyMs;
    // Jitter: without it all concurrent calls would read in the same turn and no late reader would exist.
    if (latency > 0) await sleep(latency * (0.5 + Math.random()));
    else await nextTurn();
  }

  async #silence(): Promise<void> {
    const found = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), this.#settings.databaseSilenceMs);
      this.#waiting.add(() => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    if (!found) throw new Error(LOST);
  }

  /** The server is back: requests that were still waiting for it go on, as the driver's server selection does. */
  found(): void {
    for (const resume of this.#waiting) resume();
    this.#waiting.clear();
  }

  async findUser(email: string, tenant?: string): Promise<User | null> {
    await this.#roundTrip();
    const user = this.peek(email, tenant);
    return user ? { ...user } : null;
  }

  async userById(id: string): Promise<User | null> {
    await this.#roundTrip();
    const user = this.#users.get(id);
    return user ? { ...user } : null;
  }

  async countUsers(tenant?: string): Promise<number> {
    await this.#roundTrip();
    return tenant === undefined ? this.#users.size : this.all(tenant).length;
  }

  async insertUser(user: User): Promise<void> {
    await this.#roundTrip();
    const same = this.#byEmail.get(user.email)?.some((other) => other.tenantId === user.tenantId);
    if (same) throw new DuplicateKey(`E11000 duplicate key error: ${user.email}`);
    this.#index({ ...user });
    this.dirty = true;
  }

  async updateUser(id: string, changes: Partial<User>): Promise<User | null> {
    await this.#roundTrip();
    return this.change(id, changes);
  }

  async deleteUser(id: string): Promise<void> {
    await this.#roundTrip();
    this.remove(id);
  }

  async insertSession(session: Session): Promise<void> {
    await this.#roundTrip();
    this.#sessionsOf(session.user).set(session._id, session);
    this.dirty = true;
  }

  /** Without a hash the user's oldest session: that is what LibreChat's query finds, and why logout needs its cookie. */
  async findSession(userId: string, refreshTokenHash?: string): Promise<Session | null> {
    await this.#roundTrip();
    for (const session of this.#sessions.get(userId)?.values() ?? []) {
      if (refreshTokenHash === undefined || session.refreshTokenHash === refreshTokenHash)
        return { ...session };
    }
    return null;
  }

  async saveSession(session: Session): Promise<void> {
    await this.#roundTrip();
    const sessions = this.#sessions.get(session.user);
    if (!sessions?.has(session._id))
      throw new DocumentNotFound(`No document found for session ${session._id}`);
    sessions.set(session._id, session);
    this.dirty = true;
  }

  async deleteSession(session: Session): Promise<void> {
    await this.#roundTrip();
    this.#sessions.get(session.user)?.delete(session._id);
    this.dirty = true;
  }

  async deleteSessionsOf(userId: string): Promise<void> {
    await this.#roundTrip();
    this.#sessions.delete(userId);
    this.dirty = true;
  }

  async insertLink(link: LinkToken): Promise<void> {
    await this.#roundTrip();
    this.#links.push(link);
    this.dirty = true;
  }

  /** The newest live link that matches; of anybody when the filter is empty. */
  async newestLink(matches: (link: LinkToken) => boolean): Promise<LinkToken | null> {
    await this.#roundTrip();
    const now = Date.now();
    return this.#links.findLast((link) => link.expiresAt > now && matches(link)) ?? null;
  }

  async deleteLinks(matches: (link: LinkToken) => boolean): Promise<void> {
    await this.#roundTrip();
    this.#links = this.#links.filter((link) => !matches(link));
    this.dirty = true;
  }

  // Below: no round trip. For the control port, the event log and the snapshot.

  peek(email: string, tenant?: string): User | undefined {
    const users = this.#byEmail.get(emailKey(email));
    return users?.find((user) => tenant === undefined || user.tenantId === tenant);
  }

  peekId(id: string): User | undefined {
    return this.#users.get(id);
  }

  all(tenant?: string): User[] {
    return [...this.#users.values()].filter((user) => tenant === undefined || user.tenantId === tenant);
  }

  change(id: string, changes: Partial<User>): User | null {
    const user = this.#users.get(id);
    if (!user) return null;
    Object.assign(user, changes, { updatedAt: Date.now() });
    this.dirty = true;
    return { ...user };
  }

  remove(id: string): void {
    const user = this.#users.get(id);
    if (!user) return;
    this.#users.delete(id);
    this.#sessions.delete(id);
    const others = (this.#byEmail.get(user.email) ?? []).filter((other) => other._id !== id);
    this.#byEmail.set(user.email, others);
    this.dirty = true;
  }

  /** For the control port: an account that nobody registered. */
  seed(user: User): void {
    this.#index(user);
    this.dirty = true;
  }

  counts(userId: string): { sessions: number; links: number } {
    const links = this.#links.filter((link) => link.userId === userId).length;
    return { sessions: this.#sessions.get(userId)?.size ?? 0, links };
  }

  ledger(email: string): Ledger {
    const key = emailKey(email);
    const known = this.ledgers.get(key);
    if (known) return known;
    const fresh = { registrations: 0, logins: 0, refreshes: 0, passwordWrites: 0, passwordFingerprints: [] };
    this.ledgers.set(key, fresh);
    return fresh;
  }

  /** Counts something in the ledger of an address. */
  note(email: string, what: 'registrations' | 'logins' | 'refreshes' | 'passwordWrites'): void {
    this.ledger(email)[what] += 1;
    this.dirty = true;
  }

  data(): Data {
    return {
      users: [...this.#users.values()],
      sessions: [...this.#sessions.values()].flatMap((sessions) => [...sessions.values()]),
      links: this.#links,
      bans: Object.fromEntries(this.bans),
      violations: Object.fromEntries(this.violations),
      ledgers: Object.fromEntries(this.ledgers),
    };
  }

  #index(user: User): void {
    this.#users.set(user._id, user);
    this.#byEmail.set(user.email, [...(this.#byEmail.get(user.email) ?? []), user]);
  }

  #sessionsOf(userId: string): Map<string, Session> {
    const known = this.#sessions.get(userId);
    if (known) return known;
    const fresh = new Map<string, Session>();
    this.#sessions.set(userId, fresh);
    return fresh;
  }
}
