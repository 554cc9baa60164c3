import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createLibreChat } from '../activities/adapters/librechat/index.ts';
import { createSessionStore } from '../activities/adapters/session-store.ts';
import { createUserTable } from '../activities/adapters/user-table.ts';
import { createAdminGuard } from '../activities/admin-guard.ts';
import type { SessionServices } from '../activities/session/services.ts';
import type { ProvisioningServices } from '../activities/provisioning/services.ts';
import type { Configuration } from './configuration/configuration.ts';

/** Closing waits for calls in flight, and at the end of a process only a step that was given up has any. */
const LONGEST_CLOSE_MS = 1_000;

/** Everything the steps need, and how to let go of it. */
export type OpenServices = ProvisioningServices &
  SessionServices & {
    readonly userTable: ReturnType<typeof createUserTable>;
  } & AsyncDisposable;

/** The composition root: the only place where adapters are made. None of them needs its system to be there yet. */
export function openServices(configuration: Configuration, logger: Logger): OpenServices {
  const libreChat = createLibreChat({
    baseUrl: configuration.libreChat.url,
    connections: configuration.libreChat.connections,
  });
  const userTable = createUserTable({
    connectionString: configuration.database.url,
    table: configuration.database.table,
    poolSize: configuration.database.poolSize,
    onIdleError: () => logger.warn('A connection to PostgreSQL broke while idle'),
  });
  const sessionStore = createSessionStore({
    url: configuration.redisUrl,
    sessionKeys: configuration.sessionKeys,
    refreshKeys: configuration.refreshKeys,
    onConnectionError: () => logger.warn('Redis is away'),
  });
  return {
    libreChat,
    userTable,
    sessionStore,
    keyRing: configuration.keyRing,
    address: configuration.address,
    adminGuard: createAdminGuard(libreChat, configuration.admin),
    async [Symbol.asyncDispose]() {
      const closed = Promise.allSettled([libreChat.close(), userTable.close(), sessionStore.disconnect()]);
      await Promise.race([closed, sleep(LONGEST_CLOSE_MS)]);
    },
  };
}
