import { randomBytes } from 'node:crypto';

import type { AccountSession, Credential } from '../../activities/ports/librechat.ts';
import { BridgeError } from '../../contract/errors.ts';
import { type AccountId, parseAccountId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';

/** The switches of the fake, by the names of the stand-in's settings. All may be changed while it runs. */
export interface FakeSettings {
  allowRegistration: boolean;
  allowPasswordReset: boolean;
  allowAccountDeletion: boolean;
  minPasswordLength: number;
  sessionExpiryMs: number;
  refreshTokenExpiryMs: number;
  linkLifetimeMs: number;
  pageSize: number;
  /** Milliseconds since 1970. */
  now: () => number;
}

/** An account of the fake, open to tests. */
export interface FakeAccount {
  readonly id: AccountId;
  address: string;
  password: string;
  role: string;
  twoFactor: boolean;
  readonly createdAt: Date;
}

const DEFAULTS: FakeSettings = {
  allowRegistration: true,
  allowPasswordReset: true,
  allowAccountDeletion: true,
  minPasswordLength: 8,
  sessionExpiryMs: 900_000,
  refreshTokenExpiryMs: 604_800_000,
  linkLifetimeMs: 900_000,
  pageSize: 100,
  now: Date.now,
};

interface Session {
  readonly accountId: AccountId;
  readonly endsAt: number;
}

/** What LibreChat keeps in its database. */
export class State {
  readonly settings: FakeSettings;
  readonly accounts = new Map<AccountId, FakeAccount>();
  /** By refresh token. */
  readonly sessions = new Map<string, Session>();
  readonly accessTokens = new Map<string, Session>();
  /** One per account: a new link fences the older one off. */
  readonly links = new Map<AccountId, { readonly token: string; readonly endsAt: number }>();

  constructor(settings: Partial<FakeSettings>) {
    this.settings = { ...DEFAULTS, ...settings };
  }

  account(address: string): FakeAccount | undefined {
    return [...this.accounts.values()].find((account) => account.address === address);
  }

  /** The schema of login and registration. */
  check({ address, password }: Credential): void {
    if (!/^[^@\s]+@[^@\s]+\.[^@\s]{2,}$/.test(address)) throw new BridgeError('AddressRefused');
    const { length } = password.reveal();
    if (length < this.settings.minPasswordLength || length > 128) throw new BridgeError('PasswordUnusable');
  }

  create({ address, password }: Credential): void {
    const id = parseAccountId(randomBytes(12).toString('hex'));
    const role = this.accounts.size === 0 ? 'ADMIN' : 'USER';
    const createdAt = new Date(this.settings.now());
    this.accounts.set(id, { id, address, password: password.reveal(), role, twoFactor: false, createdAt });
  }

  open(account: FakeAccount, sessionEndsAt: number, openedAt = this.settings.now()): AccountSession {
    const accessToken = `access-${randomBytes(16).toString('hex')}`;
    const refreshToken = `refresh-${randomBytes(16).toString('hex')}`;
    const expiresAt = this.settings.now() + this.settings.sessionExpiryMs;
    this.accessTokens.set(accessToken, { accountId: account.id, endsAt: expiresAt });
    this.sessions.set(refreshToken, { accountId: account.id, endsAt: sessionEndsAt });
    return {
      accountId: account.id,
      role: account.role,
      accessToken: new Secret(accessToken),
      expiresAt,
      refreshToken: new Secret(refreshToken),
      openedAt,
      sessionEndsAt,
    };
  }

  endSessionsOf(accountId: AccountId): void {
    for (const [token, session] of this.sessions)
      if (session.accountId === accountId) this.sessions.delete(token);
  }

  /** Whose the access token is. It outlives its session, but not the account. */
  bearer(accessToken: Secret): FakeAccount | 'refused' | 'gone' {
    const known = this.accessTokens.get(accessToken.reveal());
    if (known === undefined || known.endsAt <= this.settings.now()) return 'refused';
    return this.accounts.get(known.accountId) ?? 'gone';
  }
}
