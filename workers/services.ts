import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createFleetTable } from '../activities/adapters/fleet-table.ts';
import { createSessionStore } from '../activities/adapters/session-store.ts';
import { createSweepTable } from '../activities/adapters/sweep-table.ts';
import { createUserTable } from '../activities/adapters/user-table.ts';
import { createAdminGuard } from '../activities/admin-guard.ts';
import type { EndingServices } from '../activities/ending/services.ts';
import type { FleetServices } from '../activities/fleet/services.ts';
import type { SessionServices } from '../activities/session/services.ts';
import type { SweepServices } from '../activities/sweep/services.ts';
import type { WorkKind } from '../activities/pacing/ports.ts';
import type { ProvisioningServices } from '../activities/provisioning/services.ts';
import type { Configuration } from './configuration/configuration.ts';
import { openPacedAccess } from './pacing.ts';

/** Closing waits for calls in flight, and at the end of a process only a step that was given up has any. */
const LONGEST_CLOSE_MS = 1_000;

/** What the steps of one queue need. */
type WorkServices = ProvisioningServices & SessionServices & EndingServices & FleetServices & SweepServices;

/** Everything the steps need, by the kind of work, and how to let go of it. */
export interface OpenServices extends AsyncDisposable {
  /** Sign-ups, sessions, single rotations: somebody may be waiting. */
  readonly interactive: WorkServices;
  /** The fleet, and what the sweep finds in masses. */
  readonly bulk: WorkServices;
  readonly userTable: ReturnType<typeof createUserTable>;
}

/** The composition root: the only place where adapters are made. None of them needs its system to be there yet. */
export function openServices(configuration: Configuration, logger: Logger): OpenServices {
  const access = openPacedAccess(configuration, logger);
  // One for both: each new guard costs a login.
  const adminGuard = createAdminGuard(access.libreChat.interactive, configuration.admin);
  const database = {
    connectionString: configuration.database.url,
    table: configuration.database.table,
    onIdleError: () => logger.warn('A connection to PostgreSQL broke while idle'),
  };
  const userTable = createUserTable({ ...database, poolSize: configuration.database.poolSize });
  const fleetTable = createFleetTable(database);
  // One run at a time asks one question at a time.
  const sweepTable = createSweepTable({ ...database, poolSize: 1 });
  const sessionStore = createSessionStore({
    url: configuration.redisUrl,
    sessionKeys: configuration.sessionKeys,
    refreshKeys: configuration.refreshKeys,
    onConnectionError: () => logger.warn('Redis is away'),
  });
  const workOn = (kind: WorkKind): WorkServices => ({
    libreChat: access.libreChat[kind],
    libreChatAdmin: access.libreChat[kind],
    userTable,
    fleetTable,
    rotationBudget: access.rotationBudget,
    sessionStore,
    sweepTable,
    closingRecords: sessionStore,
    keyRing: configuration.keyRing,
    address: configuration.address,
    adminGuard,
  });
  return {
    interactive: workOn('interactive'),
    bulk: workOn('bulk'),
    userTable,
    async [Symbol.asyncDispose]() {
      const tables = [userTable.close(), fleetTable.close(), sweepTable.close()];
      const open = [access.close(), ...tables, sessionStore.disconnect()];
      await Promise.race([Promise.allSettled(open), sleep(LONGEST_CLOSE_MS)]);
    },
  };
}
