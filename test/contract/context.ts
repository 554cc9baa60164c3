import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, says } from './answers.ts';
import { Undecided } from './contract-case.ts';
import { Http, unusedAddress, type Reply, type RequestParts } from './http.ts';
import type { Mask } from './mask.ts';
import type { Server } from './server.ts';

/** An account that a case has registered. */
export interface Account {
  readonly address: string;
  readonly password: string;
}

/** An open session as a client holds it. */
export interface Session {
  readonly access: string;
  readonly refresh: string;
  readonly userId: string;
}

/** What a reset link carries. */
export interface Link {
  readonly token: string;
  readonly userId: string;
}

export const CREATED = 'Please check your email to verify your email address.';
export const DEAD_SESSION = 'Refresh token expired or not found for this user';
export const RESET_DONE = 'Password reset was successful';

const PREFIX = 'contract-';

/** What one case speaks with: its own accounts, its own count of calls. */
export class CaseContext {
  readonly server: Server;
  readonly mask: Mask;
  readonly http: Http;
  readonly #registered = new Set<string>();
  readonly #bearers = new Map<string, string>();

  constructor(server: Server, mask: Mask) {
    this.server = server;
    this.mask = mask;
    this.http = new Http(server.options.url);
  }

  /** Ends the case as not decided. */
  skip(reason: string): never {
    throw new Undecided(reason);
  }

  async call(method: string, path: string, parts: RequestParts = {}): Promise<Reply> {
    const reply = await this.http.call(method, path, parts);
    this.#remember(path, parts, reply);
    return reply;
  }

  /** POST below `/api/auth/`. */
  auth(name: string, parts: RequestParts = {}): Promise<Reply> {
    return this.call('POST', `/api/auth/${name}`, parts);
  }

  login(address: string, password: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.auth('login', { json: { email: address, password }, headers });
  }

  /** A lower-case address that nobody has. */
  newAddress(domain = this.server.options.domain): string {
    return `${PREFIX}${randomBytes(6).toString('hex')}@${domain}`;
  }

  /** Such as the product mints: 32 characters `[A-Za-z0-9]`. */
  newPassword(): string {
    const password = `P${randomBytes(64).toString('base64url').replaceAll(/[-_]/g, '')}`.slice(0, 32);
    this.mask.add(password);
    return password;
  }

  /** The body of a registration; `changes` replaces fields. */
  registration(account: Account, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const { address, password } = account;
    const name = 'Contract suite';
    return { name, email: address, password, confirm_password: password, ...changes };
  }

  newAccount(domain?: string): Account {
    return { address: this.newAddress(domain), password: this.newPassword() };
  }

  /** Registers a new account. */
  async register(account = this.newAccount()): Promise<Account> {
    says(await this.auth('register', { json: this.registration(account) }), 200, CREATED);
    return account;
  }

  /** Opens a session. */
  async signIn({ address, password }: Account): Promise<Session> {
    return sessionOf(await this.login(address, password));
  }

  /** Registers a new account and opens a session. */
  async registerAndSignIn(): Promise<{ account: Account; session: Session }> {
    const account = await this.register();
    return { account, session: await this.signIn(account) };
  }

  refresh(refresh: string | undefined, query = ''): Promise<Reply> {
    return this.auth(`refresh${query}`, { session: refresh });
  }

  /** Asks for a reset link. */
  async requestLink(address: string): Promise<Link> {
    return linkOf(await this.auth('requestPasswordReset', { json: { email: address } }));
  }

  reset(link: Link, password: string): Promise<Reply> {
    return this.auth('resetPassword', { json: { ...link, password } });
  }

  user(access: string): Promise<Reply> {
    return this.call('GET', '/api/user', { bearer: access });
  }

  /** Asserts that the session is dead. */
  async isDead(refresh: string): Promise<void> {
    answers(await this.refresh(refresh), 401, DEAD_SESSION);
  }

  /** Tokens carry whole seconds: only those of different seconds are sure to differ. */
  async nextSecond(seconds = 1): Promise<void> {
    await sleep(seconds * 1000 + 100);
  }

  /** A header that makes the server see another client, with limits and bans of its own. */
  ownClient(): Record<string, string> {
    if (!this.server.believesForwarded)
      this.skip('X-Forwarded-For is not believed here: something in front of LibreChat overwrites it');
    return { 'x-forwarded-for': unusedAddress() };
  }

  /** Has an account deleted in the end that was registered and logged in by other means. */
  alsoDelete(address: string, bearer: string): void {
    this.#registered.add(address);
    this.#bearers.set(address, bearer);
  }

  /** Deletes what the case has registered, as far as it can. Returns the addresses that stay. */
  async cleanUp(): Promise<string[]> {
    const left: string[] = [];
    for (const address of this.#registered) {
      const bearer = this.#bearers.get(address);
      const reply =
        bearer === undefined
          ? undefined
          : await this.http.call('DELETE', '/api/user/delete', { bearer, json: {} }).catch(() => undefined);
      const gone = reply?.status === 200 || reply?.text === '{"message":"Unauthorized"}';
      if (!gone) left.push(address);
    }
    return left;
  }

  #remember(path: string, { json }: RequestParts, reply: Reply): void {
    if (reply.status !== 200) return;
    const sent = fieldsOf(json);
    if (path === '/api/auth/register' && typeof sent['email'] === 'string')
      this.#registered.add(sent['email'].toLowerCase());
    const { token, user } = fieldsOf(reply.json);
    const { email } = fieldsOf(user);
    if (typeof token === 'string' && typeof email === 'string' && email.startsWith(PREFIX))
      this.#bearers.set(email, token);
  }
}

/** Reads the session that a login or a refresh opened. */
export function sessionOf(reply: Reply): Session {
  const { token, user } = fieldsOf(reply.json);
  const refresh = reply.cookies.get('refreshToken')?.value;
  const { _id: userId } = fieldsOf(user);
  const complete = reply.status === 200 && typeof token === 'string' && typeof userId === 'string';
  assert.ok(complete && refresh, `expected a session, got ${reply.status}: ${reply.text}`);
  return { access: token, refresh, userId };
}

const LINK = /^[^?#]*\/reset-password\?token=([0-9a-f]{64})&userId=([0-9a-f]{24})$/;

/** Reads the link of `requestPasswordReset`. */
export function linkOf(reply: Reply): Link {
  const { link } = fieldsOf(reply.json);
  const [, token, userId] = LINK.exec(typeof link === 'string' ? link : '') ?? [];
  assert.ok(token && userId, `expected a reset link, got ${reply.status}: ${reply.text}`);
  return { token, userId };
}

/** The fields of an object; of anything else none. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
