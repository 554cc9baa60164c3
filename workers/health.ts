import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers `/healthz` (this process is alive) and `/readyz` (it can take work). */
export interface HealthServer extends AsyncDisposable {
  /** Where it listens; differs from what was asked for when that was 0. */
  readonly port: number;
  /** What `/readyz` asks from now on; until then the answer is no. A rejection counts as no. */
  readyWhen(ready: () => Promise<boolean>): void;
}

/** To be started first: whoever waits for Temporal is alive. */
export async function startHealthServer(options: {
  readonly host: string;
  readonly port: number;
}): Promise<HealthServer> {
  let ready = (): Promise<boolean> => Promise.resolve(false);
  const server = createServer((request, response) => {
    void answer(request.url ?? '', () => ready()).then(([status, text]) =>
      response
        .writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
        .end(`${text}\n`),
    );
  });
  await listening(server, options);
  return {
    port: (server.address() as AddressInfo).port,
    readyWhen: (asked) => {
      ready = asked;
    },
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(url: string, ready: () => Promise<boolean>): Promise<readonly [number, string]> {
  if (url === '/healthz') return [200, 'ok'];
  if (url !== '/readyz') return [404, 'not found'];
  const isReady = await ready().catch(() => false);
  return isReady ? [200, 'ready'] : [503, 'not ready'];
}

async function listening(server: Server, { host, port }: { host: string; port: number }): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
