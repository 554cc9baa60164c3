import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A TCP server that answers HTTP as badly as the test wants. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Complete requests so far, byte for byte. */
  readonly requests: readonly string[];
  /** Connections accepted so far. */
  readonly connections: number;
  /** Settles when every connection that has carried a request so far is closed. */
  allClosed(): Promise<void>;
}

/** What is written for a request; the socket is open until the client or the answer closes it. */
export type RawAnswer = (socket: Socket, request: string) => void;

/** A whole answer with `Content-Length`. */
export const reply =
  (status: number, body: string, headers: readonly string[] = []): RawAnswer =>
  (socket) => {
    const lines = [
      `HTTP/1.1 ${status} Any`,
      `Content-Length: ${Buffer.byteLength(body)}`,
      ...headers,
      '',
      body,
    ];
    socket.write(lines.join('\r\n'));
  };

export async function startRawServer(answer: RawAnswer): Promise<RawServer> {
  const requests: string[] = [];
  const used: Promise<unknown>[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
      const [head = '', body] = received.split('\r\n\r\n', 2);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
      if (body === undefined || body.length < length) return;
      requests.push(received);
      used.push(new Promise((resolve) => socket.once('close', resolve)));
      received = '';
      answer(socket, requests.at(-1) ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections() {
      return sockets.size;
    },
    async allClosed() {
      await Promise.all(used);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await startRawServer(() => {});
  await server[Symbol.asyncDispose]();
  return server.port;
}
