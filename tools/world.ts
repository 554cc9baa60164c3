import { randomBytes, randomInt } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { TASK_QUEUE, accountWorkflowId, parseDjangoUserId } from '../contract/ids.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../contract/numbers.ts';
import { createUserDatabase, type UserDatabase } from './database/user-database.ts';
import {
  startStandInProcess,
  UNLIMITED,
  type StandInFlags,
  type StandInProcess,
} from './processes/stand-in.ts';
import type { WorkerEnvironment } from './processes/worker.ts';

/** Where the real parts are. */
export interface PartAddresses {
  readonly temporalAddress: string;
  readonly postgresUrl: string;
  readonly redisUrl: string;
}

/** Everything around a worker, with names of its own, so that many worlds can share the real parts. */
export interface World extends AsyncDisposable {
  readonly database: UserDatabase;
  readonly standIn: StandInProcess;
  readonly client: Client;
  readonly taskQueue: string;
  /** What a worker needs to live in this world. */
  readonly environment: WorkerEnvironment;
  readonly keys: Readonly<Record<'encryption' | 'session' | 'refresh', string>>;
  /** Starts a provisioning as Django does, and joins an open one. */
  provision(id: string): ReturnType<Client['workflow']['start']>;
}

/** An administrator for the stand-in, so that the guard has something to guard. */
export const ADMIN = { email: 'admin@hestami.example', password: 'demo-only-admin-password' } as const;

export const newKey = (): string => `${randomBytes(32).toString('base64url')}=`;

interface WorldOptions {
  readonly standInFlags?: StandInFlags;
  readonly standInCore?: number;
  /** Default: one of its own. The demo uses the real one, so that what it shows can be copied. */
  readonly taskQueue?: string;
  /** Default: a random one. Workflow ids and Redis keys are made of user ids: no two worlds may have the same. */
  readonly firstUserId?: number;
}

/** Makes a database, a stand-in and a client; disposing of it ends and drops them. */
export async function openWorld(parts: PartAddresses, options: WorldOptions = {}): Promise<World> {
  const database = await createUserDatabase(parts.postgresUrl);
  const { firstUserId = randomInt(1, 2 ** 40) } = options;
  await database.owner.query(`ALTER SEQUENCE users_user_id_seq RESTART WITH ${firstUserId}`);
  const standIn = await startStandInProcess({ ...UNLIMITED, ...options.standInFlags }, options.standInCore);
  const connection = await Connection.connect({ address: parts.temporalAddress });
  // The default identity names the host, and every history keeps it.
  const client = new Client({ connection, identity: 'hestami-world' });
  const taskQueue = options.taskQueue ?? `${TASK_QUEUE}-${randomBytes(4).toString('hex')}`;
  const keys = { encryption: newKey(), session: newKey(), refresh: newKey() };
  return {
    database,
    standIn,
    client,
    taskQueue,
    keys,
    environment: {
      TEMPORAL_ADDRESS: parts.temporalAddress,
      DATABASE_URL: database.workerUrl,
      REDIS_URL: parts.redisUrl,
      LIBRECHAT_API_URL: standIn.url,
      LIBRECHAT_ENCRYPTION_KEY: keys.encryption,
      LIBRECHAT_SESSION_KEY: keys.session,
      LIBRECHAT_REFRESH_KEY: keys.refresh,
      LIBRECHAT_ADMIN_EMAIL: ADMIN.email,
      LIBRECHAT_ADMIN_PASSWORD: ADMIN.password,
      LIBRECHAT_TASK_QUEUE: taskQueue,
      // Whoever wants a sweep says so: it does by itself what others want to see done, or not done, by something else.
      SCHEDULES: 'off',
    },
    provision: (id) =>
      client.workflow.start('provisionAccount', {
        workflowId: accountWorkflowId(parseDjangoUserId(id)),
        taskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT_MS,
        args: [{ djangoUserId: id }],
        memo: { reason: 'sign-up', requestedAt: new Date().toISOString() },
      }),
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([connection.close(), standIn.process.stop()]);
      await database[Symbol.asyncDispose]();
    },
  };
}
