import type { Log } from './part.ts';

const EVERY_MS = 5_000;

/** Does something that takes long, and says every few seconds that it is still at it. */
export async function withProgress<Result>(
  log: Log,
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const begin = Date.now();
  log(what);
  const seconds = (): number => Math.round((Date.now() - begin) / 1_000);
  const timer = setInterval(() => log(`${what} (${seconds()} s so far)`), EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
