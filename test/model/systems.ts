import type { ProvisioningServices } from '../../activities/provisioning/services.ts';
import type { KeyRing } from '../../activities/ports/key-ring.ts';
import type { AccountSession, LibreChat } from '../../activities/ports/librechat.ts';
import type { SessionPublisher } from '../../activities/ports/session-store.ts';
import type { UserRow, UserTable } from '../../activities/ports/user-table.ts';
import { digestOf } from '../../activities/credential-rules.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseAccountId, parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import type { Gates } from './gates.ts';

export const USER = parseDjangoUserId('1');
export const OWN = parseAccountId('a'.repeat(24));
export const VICTIM = parseAccountId('b'.repeat(24));
export const ADDRESSES = { own: 'own@example.com', victim: 'victim@example.com' } as const;

/** A guard of the protocol that is broken on purpose. */
export type Broken =
  | 'row fence'
  | 'in-doubt mark'
  | 'ownership check'
  | 'recorded mint'
  | 'version'
  | 'link as fence'
  | 'newer time'
  | 'verification'
  | 'trigger'
  | 'doubt of a link';

/** The four places that hold something: LibreChat, the row, the session record; histories are in `Workflows`. */
export class Systems {
  row: UserRow = {
    djangoUserId: USER,
    email: ADDRESSES.own,
    active: true,
    firstName: '',
    lastName: '',
    accountId: OWN,
    syncedAt: new Date(0),
    sealedPassword: '10|initial|0',
    version: '0',
  };
  readonly passwords = new Map<string, string>([
    [OWN, 'initial-password'],
    [VICTIM, 'victims-password'],
  ]);
  readonly links = new Map<string, string>();
  readonly epochs = { current: 0, hasRecord: true };
  /** By whom, for whoever must set only what a history holds. */
  readonly passwordsSet: { readonly actor: string; readonly password: string }[] = [];
  /** By provisionings, which write a password down in the row. */
  readonly passwordsStored = new Set<string>();
  readonly broken: Broken | undefined;
  #serial = 0;
  #latestMint = 0;

  /** @param linked false: a provisioning has registered the account, and died before it wrote the link */
  constructor(broken: Broken | undefined, linked: boolean) {
    this.broken = broken;
    this.write({ sealedPassword: this.sealed('initial-password', 10) });
    if (!linked) this.write({ accountId: null, syncedAt: null });
  }

  next(): number {
    this.#serial += 1;
    return this.#serial;
  }

  sealed(password: string, time: number): string {
    this.#latestMint = Math.max(this.#latestMint, time);
    return `${time}|${password}|${this.next()}`;
  }

  /** The services of one actor, whose every call is a step before its effect and one before its answer. */
  services(actor: string, gates: Gates): ProvisioningServices {
    const step = async <Value>(name: string, effect: () => Value): Promise<Value> => {
      await gates.wait(actor, `before ${name}`);
      const value = effect();
      await gates.wait(actor, `after ${name}`);
      return value;
    };
    return {
      libreChat: this.#libreChat(actor, step),
      userTable: this.#userTable(step),
      sessionStore: this.#sessionStore(step),
      keyRing: this.keyRing,
      address: { usesEmail: true, render: (row) => row.email ?? '' },
      adminGuard: { ensure: () => Promise.resolve(), forget: () => undefined },
    };
  }

  get keyRing(): KeyRing {
    return {
      open(sealed) {
        const [time, password] = sealed.split('|');
        if (password === undefined) throw new BridgeError('KeyMissing');
        return { password: new Secret(password), mintedAtSeconds: Number(time) };
      },
      seal: (password, options) => {
        // Without a token to follow, the time is now: later than any before.
        const after = options?.afterSeconds ?? this.#latestMint;
        return this.sealed(
          password.reveal(),
          this.broken === 'newer time' ? Math.max(1, 20 - after) : after + 1,
        );
      },
    };
  }

  #libreChat(actor: string, step: Step): LibreChat {
    const unused = (): never => {
      throw new Error('Nobody calls this while the account is there');
    };
    const libreChat: LibreChat = {
      budgeted: (_plan, work) => work(libreChat),
      login: ({ address, password }) =>
        step('login', () => {
          const id = address === ADDRESSES.own ? OWN : VICTIM;
          const right = this.passwords.get(id) === password.reveal();
          if (!right && this.broken !== 'verification') return { kind: 'wrong-password' };
          return { kind: 'session', session: sessionOf(id) };
        }),
      requestPasswordReset: (address) =>
        step('link', () => {
          const id = address === ADDRESSES.own ? OWN : VICTIM;
          const token = `link-${this.next()}-${id}`;
          // Broken: the link does not kill older ones, as if it had never been asked for.
          if (this.broken === 'link as fence') this.links.set(token, token);
          else this.links.set(id, token);
          const accountId = this.broken === 'ownership check' ? (this.row.accountId ?? id) : id;
          return { kind: 'link', accountId, token: new Secret(token) };
        }),
      resetPassword: ({ token, password }) =>
        step('reset', () => {
          const id = token.reveal().endsWith(VICTIM) ? VICTIM : OWN;
          const key = this.broken === 'link as fence' ? token.reveal() : id;
          if (this.links.get(key) !== token.reveal()) return { kind: 'superseded' };
          this.links.delete(key);
          this.passwords.set(id, password.reveal());
          this.passwordsSet.push({ actor, password: password.reveal() });
          return { kind: 'done' };
        }),
      logout: () => step('logout', () => 'ended' as const),
      register: unused,
      refresh: unused,
    };
    return libreChat;
  }

  #userTable(step: Step): UserTable {
    const holds = (digest: string | null): boolean => digestOf(this.row) === digest;
    return {
      read: () => step('read', () => this.row),
      markInDoubt: (_user, accountId, digest) =>
        step('mark', () => {
          const same = this.row.active && holds(digest) && this.row.accountId === accountId;
          if (!same && this.broken !== 'row fence') return null;
          return this.write(this.broken === 'in-doubt mark' ? {} : { syncedAt: null });
        }),
      confirm: (_user, version) =>
        step('confirm', () => {
          const same = this.row.active && (this.row.version === version || this.broken === 'version');
          if (same) this.write({ syncedAt: new Date(1) });
          return same;
        }),
      commit: (_user, version, sealed) =>
        step('commit', () => {
          const same = this.row.version === version || this.broken === 'version';
          if (same) this.write({ sealedPassword: sealed, syncedAt: new Date(1) });
          return same;
        }),
      othersWithAddress: () => Promise.resolve([]),
      replacePassword: (_user, expected, sealed) =>
        step('replace', () => {
          if (!this.row.active || !holds(expected)) return null;
          this.passwordsStored.add(this.keyRing.open(sealed).password.reveal());
          return this.write({ sealedPassword: sealed, syncedAt: null });
        }),
      markEnding: (_user, accountId, digest) =>
        step('mark', () => {
          const isFree = this.row.accountId === null || this.row.accountId === accountId;
          const same = !this.row.active && holds(digest) && isFree;
          if (!same && this.broken !== 'row fence') return null;
          return this.write(this.broken === 'in-doubt mark' ? { accountId } : { accountId, syncedAt: null });
        }),
      clearPassword: (_user, version) =>
        step('clear', () => {
          const same = this.row.version === version || this.broken === 'version';
          const done = same && (!this.row.active || this.broken === 'version');
          if (done) this.write({ sealedPassword: null, syncedAt: null });
          return done;
        }),
      link: (_user, accountId, digest) =>
        step('own', () => {
          const isAgreed = this.row.syncedAt !== null || this.broken === 'doubt of a link';
          const isFree = this.row.accountId === null || (this.row.accountId === accountId && isAgreed);
          const done = this.row.active && holds(digest) && isFree;
          if (done) this.write({ accountId, syncedAt: new Date(1) });
          return done;
        }),
      forgetAccount: () => Promise.resolve(false),
    };
  }

  #sessionStore(step: Step): SessionPublisher {
    const { epochs } = this;
    return {
      readEpoch: () => step('epoch', () => epochs.current),
      hasSession: () => step('has session', () => epochs.hasRecord),
      publish: (_user, readEpoch) =>
        step('publish', () => {
          const outcome = epochs.hasRecord ? 'superseded' : 'signed-out';
          if (readEpoch !== epochs.current) return { outcome, epoch: epochs.current };
          epochs.current += 1;
          epochs.hasRecord = true;
          return { outcome: 'published', epoch: epochs.current };
        }),
      close: () =>
        step('sign out', () => {
          epochs.current += 1;
          epochs.hasRecord = false;
        }),
    };
  }

  write(changes: Partial<UserRow>): string {
    const version = String(this.next());
    this.row = { ...this.row, ...changes, version };
    return version;
  }

  // ── What others do ──────────────────────────────────────────────────────────────────────────────────────────

  /**
   * Django writes the row back as it read it a while ago, whether the user was active included. The trigger
   * (`sql/trigger.sql`) keeps the three columns from an older token, puts the row in doubt for a newer one, and lets nobody
   * but the worker say that row and LibreChat agree.
   */
  staleSave(read: UserRow): void {
    const { active, accountId, syncedAt, sealedPassword } = read;
    if (this.broken === 'trigger') {
      this.write({ active, accountId, syncedAt, sealedPassword });
      return;
    }
    const timeOf = (row: UserRow): number =>
      row.sealedPassword === null ? -1 : this.keyRing.open(row.sealedPassword).mintedAtSeconds;
    const [readAt, storedAt] = [timeOf(read), timeOf(this.row)];
    const unlinks = accountId === null && this.row.accountId !== null;
    if (readAt < storedAt || unlinks) this.write({ active });
    else if (readAt === storedAt) this.write({ active, sealedPassword });
    else this.write({ active, sealedPassword, syncedAt: null });
  }

  /** `MultiFernet.rotate` by Django: the same secret and time, another ciphertext. */
  rewrap(read: UserRow): void {
    if (read.sealedPassword === null || read.sealedPassword !== this.row.sealedPassword) return;
    const { password, mintedAtSeconds } = this.keyRing.open(read.sealedPassword);
    this.write({ sealedPassword: this.sealed(password.reveal(), mintedAtSeconds) });
  }

  /** Whether the password of the row opens the account of the row. */
  get agree(): boolean {
    const { sealedPassword, accountId } = this.row;
    if (sealedPassword === null || accountId === null) return false;
    return this.keyRing.open(sealedPassword).password.reveal() === this.passwords.get(accountId);
  }
}

type Step = <Value>(name: string, effect: () => Value) => Promise<Value>;

function sessionOf(accountId: typeof OWN): AccountSession {
  const token = new Secret('token');
  return {
    accountId,
    role: 'USER',
    accessToken: token,
    refreshToken: token,
    expiresAt: 0,
    openedAt: 0,
    sessionEndsAt: 0,
  };
}
