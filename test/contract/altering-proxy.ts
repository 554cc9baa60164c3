import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** An answer on its way to the suite, to be changed in place. */
export interface Passing {
  status: number;
  body: string;
  readonly headers: Headers;
  cookies: string[];
}

/** Changes an answer; `path` is that of the request, with its query. */
export type Alteration = (answer: Passing, path: string) => void;

/** A server that answers like another one but for what the alteration changes. */
export async function startAlteringProxy(
  target: string,
  alter: Alteration,
): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    void forward(target, request).then((answer) => {
      alter(answer, path);
      response.writeHead(answer.status, {
        ...Object.fromEntries(answer.headers),
        'set-cookie': answer.cookies,
      });
      response.end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

const KEPT = ['accept', 'authorization', 'content-type', 'cookie', 'user-agent', 'x-forwarded-for'] as const;
/** They belong to the connection, or no longer fit the body. */
const DROPPED = ['connection', 'content-length', 'keep-alive', 'set-cookie', 'transfer-encoding'];

async function forward(target: string, request: IncomingMessage): Promise<Passing> {
  const body = await buffer(request);
  const headers = KEPT.flatMap((name) => {
    const value = request.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const answer = await fetch(`${target}${request.url ?? '/'}`, {
    method: request.method ?? 'GET',
    headers: Object.fromEntries(headers),
    redirect: 'manual',
    ...(body.length === 0 ? {} : { body }),
  });
  const cookies = answer.headers.getSetCookie();
  const kept = new Headers(answer.headers);
  for (const name of DROPPED) kept.delete(name);
  return { status: answer.status, body: await answer.text(), headers: kept, cookies };
}
