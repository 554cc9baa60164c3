import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { cacheFolder, madeOnce } from './cache.ts';
import { onPath, runToEnd } from './command.ts';
import { messageOf, PartUnavailable, type Log } from './part.ts';
import { withProgress } from './progress.ts';

export const TEMPORAL_HELP =
  'curl -sSf https://temporal.download/cli.sh | sh, or brew install temporal, or set TEMPORAL_ADDRESS';

/** Go builds from the sources pinned here; its proxy is often reachable where the download is not. */
const MODULE = fileURLToPath(new URL('../temporal/', import.meta.url));
const CONNECT_TIMEOUT_MS = 5_000;

/** The Temporal CLI: of `PATH`, else of the cache, where it is downloaded to, or else built. */
export async function findTemporal(log: Log): Promise<string> {
  const installed = onPath('temporal');
  if (installed !== undefined) return installed;
  const version = await pinnedVersion();
  const binary = join(cacheFolder(), `temporal-${version}`, 'temporal');
  await madeOnce(binary, (path) => downloadOrBuild(version, path, log), log);
  return binary;
}

async function pinnedVersion(): Promise<string> {
  const module = await readFile(join(MODULE, 'go.mod'), 'utf8');
  const version = /github\.com\/temporalio\/cli v(\S+)/.exec(module)?.[1];
  if (version === undefined)
    throw new Error('tools/temporal/go.mod does not require github.com/temporalio/cli');
  return version;
}

async function downloadOrBuild(version: string, path: string, log: Log): Promise<void> {
  const tried = ['it is not on PATH'];
  try {
    return await download(version, path, log);
  } catch (error) {
    tried.push(`the download failed (${messageOf(error)})`);
  }
  log(`Temporal: ${tried.join(', ')}`);
  try {
    if (onPath('go') === undefined) throw new Error('there is no Go on PATH');
    await build(version, path, log);
  } catch (error) {
    tried.push(`it cannot be built: ${messageOf(error)}`);
    throw new PartUnavailable('Temporal', tried.join(', '), TEMPORAL_HELP, error);
  }
}

async function download(version: string, path: string, log: Log): Promise<void> {
  const machine = `platform=${process.platform}&arch=${process.arch === 'x64' ? 'amd64' : process.arch}`;
  const url = `https://temporal.download/cli/archive/v${version}?${machine}`;
  const folder = `${path}.download`;
  const archive = join(folder, 'archive.tar.gz');
  try {
    await mkdir(folder, { recursive: true });
    await withProgress(log, `Temporal ${version} is not on PATH: downloading it`, async () => {
      await pipeline(await bodyOf(url), createWriteStream(archive));
      await runToEnd('tar', ['-xzf', archive, '-C', folder]);
    });
    await rename(join(folder, 'temporal'), path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Patient with a slow download, but not with an address that does not answer. */
async function bodyOf(url: string): Promise<Readable> {
  const controller = new AbortController();
  const late = new Error(`no answer in ${CONNECT_TIMEOUT_MS / 1_000} s`);
  const timer = setTimeout(() => controller.abort(late), CONNECT_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok || response.body === null) throw new Error(`status ${response.status}`);
    return Readable.fromWeb(response.body);
  } finally {
    clearTimeout(timer);
  }
}

async function build(version: string, path: string, log: Log): Promise<void> {
  const versionFlag = `-X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  const args = ['build', '-trimpath', '-ldflags', `-s -w ${versionFlag}`, '-o', path];
  await withProgress(log, `Temporal ${version}: building it with Go, once, which takes 3 to 8 minutes`, () =>
    runToEnd('go', [...args, 'github.com/temporalio/cli/cmd/temporal'], {
      cwd: MODULE,
      env: { CGO_ENABLED: '0' },
    }),
  );
}
