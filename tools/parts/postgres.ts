import { randomBytes } from 'node:crypto';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { runToEnd } from './command.ts';
import { freePort } from './free-port.ts';
import { spawnManaged } from './managed-process.ts';
import {
  foreignPart,
  messageOf,
  PartUnavailable,
  startOwnPart,
  temporaryFolder,
  type Log,
  type Part,
} from './part.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { withProgress } from './progress.ts';

export interface PostgresOptions {
  /** Starts one even where `DATABASE_URL` names another. */
  readonly own?: boolean;
  readonly port?: number;
}

export interface Postgres extends Part {
  /** `postgres://…`, for a superuser. */
  readonly adminUrl: string;
}

const HELP = 'npm ci, or set DATABASE_URL to a PostgreSQL where you are a superuser';

/** The data are thrown away at the end, so no disk has to be waited for. */
const SETTINGS = ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off', 'max_connections=300'];

/** PostgreSQL: that of `DATABASE_URL`, else a new cluster of our own in a temporary folder. */
export async function startPostgres(
  options: PostgresOptions = {},
  log: Log = () => undefined,
): Promise<Postgres> {
  const given = process.env['DATABASE_URL'] ?? '';
  if (given !== '' && options.own !== true) {
    const plan = { name: 'PostgreSQL', variable: 'DATABASE_URL', isReady: () => answers(given) };
    return Object.assign(await foreignPart(plan), { adminUrl: given });
  }
  const folder = await temporaryFolder('postgres');
  const password = randomBytes(12).toString('hex');
  const port = options.port ?? (await freePort());
  const adminUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
  const binaries = await madeCluster(folder, password, log);
  const settings = [...SETTINGS, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`];
  const part = await startOwnPart({
    name: 'PostgreSQL',
    help: HELP,
    launch: () =>
      spawnManaged(
        binaries.postgres,
        ['-D', join(folder, 'data'), ...settings.flatMap((one) => ['-c', one])],
        {
          cwd: folder,
          user: binaries.user,
          // SIGTERM would wait for all clients to leave.
          stopSignal: 'SIGINT',
          removeWhenOrphaned: [folder],
        },
      ),
    isReady: () => answers(adminUrl),
    folder,
  });
  return Object.assign(part, { adminUrl });
}

async function madeCluster(folder: string, password: string, log: Log): Promise<PostgresBinaries> {
  try {
    const binaries = await findPostgres(folder);
    const { user } = binaries;
    const passwordFile = join(folder, 'password');
    await writeFile(passwordFile, password);
    if (user !== undefined) for (const path of [folder, passwordFile]) await chown(path, user.uid, user.gid);
    const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
    const access = ['--username=postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
    const args = [`--pgdata=${join(folder, 'data')}`, '--no-sync', '--no-instructions', ...locale, ...access];
    await withProgress(log, 'PostgreSQL: making a cluster', () =>
      runToEnd(binaries.initdb, args, { cwd: folder, user, removeWhenOrphaned: [folder] }),
    );
    return binaries;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw new PartUnavailable('PostgreSQL', messageOf(error), HELP, error);
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT 1');
    return true;
  } finally {
    await client.end();
  }
}
