import { randomBytes, randomInt } from 'node:crypto';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import { createLibreChat } from '../../activities/adapters/librechat/index.ts';
import { createSessionStore } from '../../activities/adapters/session-store.ts';
import { createUserTable } from '../../activities/adapters/user-table.ts';
import { parseAddressTemplate } from '../../activities/address.ts';
import { createAdminGuard, type AdminBootstrap } from '../../activities/admin-guard.ts';
import { openAccount } from '../../activities/provisioning/open-account.ts';
import type { EndingServices } from '../../activities/ending/services.ts';
import type { ProvisioningServices } from '../../activities/provisioning/services.ts';
import { parseKeyRing } from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';
import { startStandIn } from '../../standin/server.ts';
import { createUserDatabase, type UserDatabase } from '../../tools/database/user-database.ts';
import { StandInControl } from '../../tools/processes/stand-in-control.ts';
import { heldAttempt } from '../setup/held-attempt.ts';
import { postgresUrl, redisUrl } from '../setup/parts.ts';

/** Limits out of the way and cheap hashes: these tests are about what happens, not about how long it takes. */
const UNLIMITED = { bcryptCost: 4, loginMax: 1e6, registerMax: 1e6, resetPasswordMax: 1e6 };

const newKey = (): string => randomBytes(32).toString('base64url') + '=';

export interface Bench extends AsyncDisposable {
  readonly database: UserDatabase;
  readonly control: StandInControl;
  readonly url: string;
  readonly services: ProvisioningServices & EndingServices;
  readonly encryptionKey: string;
  /** Provisions a user as a worker would; the verdict, or the code that it failed with. */
  open(id: string): Promise<string>;
  /** Whether the password in the row logs in at LibreChat. */
  rowOpens(id: string, address?: string): Promise<boolean>;
  /** A password sealed under the key of the bench. */
  seal(password: string): string;
  /** The password in the row. */
  passwordOf(id: string): Promise<string>;
}

interface BenchOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly admin?: AdminBootstrap;
  readonly address?: string;
  readonly redisUrl?: string;
  readonly totalTimeoutMs?: number;
}

/** A database with Django's table, a stand-in of its own, real Redis, and the real adapters between them. */
export async function setup(options: BenchOptions = {}): Promise<Bench> {
  const database = await createUserDatabase(postgresUrl());
  // Redis is shared, and its keys are made of user ids: no two benches may have the same.
  await database.owner.query(`ALTER SEQUENCE users_user_id_seq RESTART WITH ${randomInt(1, 2 ** 40)}`);
  const standIn = await startStandIn({ controlPort: 0, settings: { ...UNLIMITED, ...options.settings } });
  const control = new StandInControl(standIn.controlUrl ?? '');
  const encryptionKey = newKey();
  const keyRing = createKeyRing(new Secret(encryptionKey));
  const libreChat = createLibreChat({
    baseUrl: standIn.url,
    ...(options.totalTimeoutMs === undefined
      ? {}
      : { totalTimeoutMs: options.totalTimeoutMs, loginTimeoutMs: options.totalTimeoutMs }),
  });
  const userTable = createUserTable({
    connectionString: new Secret(database.workerUrl),
    table: 'users_user',
  });
  const sessionStore = createSessionStore({
    url: new Secret(options.redisUrl ?? redisUrl()),
    sessionKeys: parseKeyRing('LIBRECHAT_SESSION_KEY', new Secret(newKey())),
    refreshKeys: parseKeyRing('LIBRECHAT_REFRESH_KEY', new Secret(newKey())),
  });
  const services: Bench['services'] = {
    libreChat,
    libreChatAdmin: libreChat,
    userTable,
    sessionStore,
    keyRing,
    address: parseAddressTemplate(options.address ?? '{email}'),
    adminGuard: createAdminGuard(libreChat, options.admin ?? 'off'),
  };
  if (options.admin === undefined) {
    await libreChat.register({
      address: 'admin@example.com',
      name: 'Admin',
      password: new Secret('first-account-ever'),
    });
  }
  const passwordOf = async (id: string): Promise<string> => {
    const { librechat_password_encrypted: sealed } = await database.user(id);
    return keyRing.open(sealed ?? '').password.reveal();
  };
  return {
    database,
    control,
    url: standIn.url,
    services,
    encryptionKey,
    passwordOf,
    seal: (password) => keyRing.seal(new Secret(password)),
    async open(id) {
      try {
        return (await openAccount(services, parseDjangoUserId(id), heldAttempt)).outcome;
      } catch (error) {
        if (error instanceof BridgeError) return error.code;
        throw error;
      }
    },
    async rowOpens(id, address) {
      const row = await database.user(id);
      const password = new Secret(await passwordOf(id));
      const outcome = await libreChat.login({ address: address ?? row.email.trim().toLowerCase(), password });
      return outcome.kind === 'session' && outcome.session.accountId === row.librechat_user_id;
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([
        libreChat.close(),
        userTable.close(),
        sessionStore.disconnect(),
        standIn.close(),
      ]);
      await database[Symbol.asyncDispose]();
    },
  };
}
