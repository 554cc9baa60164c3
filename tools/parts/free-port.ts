import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that the system gives to outgoing connections: one of those could take the port of a server that is
 * away for a moment, or even connect to itself.
 */
const RANGE = { first: 15_000, end: 32_000 } as const;
const ATTEMPTS = 100;

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(RANGE.first, RANGE.end);
    if (await isFree(port)) return port;
  }
  throw new Error(`No free port found on 127.0.0.1 in ${ATTEMPTS} attempts`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
