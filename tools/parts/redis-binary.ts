import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, madeOnce } from './cache.ts';
import { onPath, runToEnd } from './command.ts';
import { messageOf, PartUnavailable, type Log } from './part.ts';
import { withProgress } from './progress.ts';

export const REDIS_HELP = 'sudo apt-get install redis-server, or brew install redis, or set REDIS_URL';

/** A Redis server, and what it needs in its environment to run. */
export interface RedisBinary {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Redis or Valkey of `PATH`, else the distribution's package, unpacked for this user alone. */
export async function findRedis(log: Log): Promise<RedisBinary> {
  const installed = onPath('redis-server') ?? onPath('valkey-server');
  if (installed !== undefined) return { path: installed, env: {} };
  const folder = join(cacheFolder(), `redis-${distribution()}`);
  if (!existsSync(folder) && onPath('apt-get') === undefined)
    throw new PartUnavailable('Redis', 'neither redis-server nor apt-get is on PATH', REDIS_HELP);
  try {
    await madeOnce(folder, (path) => unpackPackages(path, log), log);
  } catch (error) {
    throw new PartUnavailable('Redis', messageOf(error), REDIS_HELP, error);
  }
  return { path: serverIn(folder), env: { LD_LIBRARY_PATH: libraryPath(folder) } };
}

const serverIn = (folder: string): string => join(folder, 'usr/bin/redis-server');

async function unpackPackages(folder: string, log: Log): Promise<void> {
  const downloads = join(folder, 'downloads');
  const archives = join(downloads, 'archives');
  await mkdir(join(archives, 'partial'), { recursive: true });
  await withProgress(
    log,
    'Redis is not on PATH: unpacking the distribution’s package into the cache',
    async () => {
      await downloadPackages(downloads);
      const packages = (await readdir(archives)).filter((name) => name.endsWith('.deb'));
      for (const name of packages) await runToEnd('dpkg-deb', ['-x', join(archives, name), folder]);
    },
  );
  await rm(downloads, { recursive: true });
  if (!existsSync(serverIn(folder))) throw new Error('The package redis-server has no usr/bin/redis-server');
}

/** Downloads what is missing of the packages to a folder of our own: nothing is installed, so no root is needed. */
async function downloadPackages(downloads: string): Promise<void> {
  const privately = [
    '-o',
    'Debug::NoLocking=1',
    '-o',
    `Dir::Cache=${downloads}`,
    '-o',
    'APT::Sandbox::User=root',
  ];
  const what = [
    '--download-only',
    '--yes',
    '--no-install-recommends',
    '--reinstall',
    'redis-server',
    'redis-tools',
  ];
  const download = (lists: readonly string[]): Promise<string> =>
    runToEnd('apt-get', ['install', ...what, ...privately, ...lists]);
  try {
    await download([]);
  } catch {
    // Containers come with no package lists, or with old ones.
    const lists = join(downloads, 'lists');
    await mkdir(join(lists, 'partial'), { recursive: true });
    const ours = ['-o', `Dir::State::lists=${lists}`];
    await runToEnd('apt-get', ['update', ...privately, ...ours]);
    await download(ours);
  }
}

function libraryPath(folder: string): string {
  const roots = [join(folder, 'usr/lib'), join(folder, 'lib')].filter((root) => existsSync(root));
  const perMachine = (root: string): string[] =>
    readdirSync(root)
      .filter((name) => name.includes('-linux-'))
      .map((name) => join(root, name));
  return roots.flatMap((root) => [...perMachine(root), root]).join(':');
}

/** The libraries of one release of a distribution do not fit another, should the home folder outlive it. */
function distribution(): string {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  const field = (name: string): string =>
    new RegExp(`^${name}="?([\\w.-]+)`, 'm').exec(release)?.[1] ?? 'unknown';
  return `${field('ID')}-${field('VERSION_ID')}-${process.arch}`;
}
