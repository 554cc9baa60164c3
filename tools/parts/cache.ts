import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './part.ts';
import { withProgress } from './progress.ts';

const HEARTBEAT_MS = 1_000;
/** A lock without a heartbeat for so long is that of a process that has died. */
const STALE_MS = 10_000;
const PAUSE_MS = 250;

type Make = (path: string) => Promise<void>;

/** Where what was downloaded or built for this user stays: `$XDG_CACHE_HOME/hestami-librechat`. */
export function cacheFolder(): string {
  const configured = process.env['XDG_CACHE_HOME'] ?? '';
  return join(configured === '' ? join(homedir(), '.cache') : configured, 'hestami-librechat');
}

/**
 * Makes a file or folder of the cache unless it is there. Of several processes that want it at once, one makes it and
 * the others wait; if it fails or dies, the next one tries.
 *
 * @param make fills the path that it is given, which becomes the target when it returns: nobody ever sees a half
 */
export async function madeOnce(target: string, make: Make, log: Log): Promise<void> {
  if (existsSync(target)) return;
  await mkdir(dirname(target), { recursive: true });
  const lock = `${target}.lock`;
  if (await acquire(lock)) return makeUnder(lock, target, make);
  await withProgress(log, `Another process is making ${target}: waiting for it`, async () => {
    while (!existsSync(target)) {
      if (await acquire(lock)) return makeUnder(lock, target, make);
      await sleep(PAUSE_MS);
    }
  });
}

async function acquire(lock: string): Promise<boolean> {
  try {
    await (await open(lock, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const age = await stat(lock).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  // Two that find a dead lock at the same moment may both make the target: a waste, but both make it right.
  if (age > STALE_MS) await rm(lock, { force: true });
  return false;
}

async function makeUnder(lock: string, target: string, make: Make): Promise<void> {
  const path = `${target}.${randomBytes(4).toString('hex')}`;
  const heartbeat = setInterval(
    () => void utimes(lock, new Date(), new Date()).catch(() => undefined),
    HEARTBEAT_MS,
  );
  try {
    if (existsSync(target)) return;
    await make(path);
    await rename(path, target);
  } finally {
    clearInterval(heartbeat);
    await rm(path, { recursive: true, force: true });
    await rm(lock, { force: true });
  }
}
