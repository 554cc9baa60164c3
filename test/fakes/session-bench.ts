import { randomBytes } from 'node:crypto';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { parseAddressTemplate } from '../../activities/address.ts';
import type { LibreChat } from '../../activities/ports/librechat.ts';
import type { UserRow } from '../../activities/ports/user-table.ts';
import { renewSession } from '../../activities/session/renew.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { RenewResult } from '../../contract/activities.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { fakeLibreChat } from './librechat.ts';
import { FakeSessionStore } from './session-store.ts';
import { FakeUserTable } from './user-table.ts';

const USER = parseDjangoUserId('42');
const ADDRESS = 'ada@example.com';

/** One user on systems in memory, and the step that renews her session. */
export async function sessionBench() {
  const clock = { now: Date.now() };
  const keyRing = createKeyRing(new Secret(`${randomBytes(32).toString('base64url')}=`));
  const libreChat = fakeLibreChat({ now: () => clock.now });
  const userTable = new FakeUserTable();
  const sessionStore = new FakeSessionStore(() => clock.now);
  const password = new Secret('the-password-of-the-row');
  await libreChat.register({ address: ADDRESS, password, name: 'Ada' });
  libreChat.calls.length = 0;
  const account = libreChat.account(ADDRESS);
  if (account === undefined) throw new Error('there is no account');
  const sealedPassword = keyRing.seal(password);
  const put = (changes: Partial<UserRow> = {}): void =>
    userTable.put({
      djangoUserId: USER,
      email: ADDRESS,
      accountId: account.id,
      sealedPassword,
      syncedAt: new Date(),
      ...changes,
    });
  put();
  const during: Partial<Record<'login' | 'refresh', (() => unknown) | undefined>> = {};
  /** LibreChat, and something else that happens before its answer arrives. */
  const slow: LibreChat = {
    ...libreChat,
    async login(credential) {
      const outcome = await libreChat.login(credential);
      await during.login?.();
      return outcome;
    },
    async refresh(token) {
      const outcome = await libreChat.refresh(token);
      await during.refresh?.();
      return outcome;
    },
  };
  const services = {
    libreChat: slow,
    userTable,
    sessionStore,
    keyRing,
    address: parseAddressTemplate('{email}'),
  };
  return {
    user: USER,
    account,
    libreChat,
    userTable,
    sessionStore,
    keyRing,
    /** Writes the row, as it was but for the changes. */
    put,
    during,
    /** Lets LibreChat open a session, and publishes it with its access token at its end. */
    async publishExpired(changes: Partial<SessionMaterial> = {}): Promise<SessionMaterial> {
      const outcome = await libreChat.login({ address: ADDRESS, password: new Secret(account.password) });
      if (outcome.kind !== 'session') throw new Error(`the login was answered ${outcome.kind}`);
      const session = { ...outcome.session, expiresAt: clock.now + 1, ...changes };
      await sessionStore.publish(USER, await sessionStore.readEpoch(USER), session);
      libreChat.calls.length = 0;
      return session;
    },
    /** Whether LibreChat would still take the refresh token. Uses it up. */
    isAlive: async ({ refreshToken }: Pick<SessionMaterial, 'refreshToken'>): Promise<boolean> =>
      (await libreChat.refresh(refreshToken)).kind === 'session',
    /** Runs the step as the workflow does, and answers what it threw by its code. */
    async renew(options: { named?: number; held?: () => void } = {}): Promise<RenewResult | string> {
      const named = options.named ?? (await sessionStore.readEpoch(USER));
      const attempt = { ...heldAttempt, ...(options.held && { assertHeld: options.held }) };
      try {
        return await renewSession(services, USER, named, attempt);
      } catch (error) {
        if (error instanceof BridgeError) return error.code;
        throw error;
      }
    },
  };
}
