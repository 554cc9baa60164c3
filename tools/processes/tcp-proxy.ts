import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** `pass` forwards; `stall` keeps connections open and silent; `refuse` ends them, old and new. */
export type ProxyMode = 'pass' | 'stall' | 'refuse';

/** A wire that a test can cut, between a worker and one of its systems. */
export interface TcpProxy extends AsyncDisposable {
  /** The given URL, through the proxy. */
  readonly url: string;
  set(mode: ProxyMode): void;
}

/** Puts a proxy in front of the server that `url` names. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let mode: ProxyMode = 'pass';
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const forward = (from: Socket, to: Socket): void => {
    from.on('data', (chunk) => {
      if (mode === 'pass') to.write(chunk);
    });
    from.on('close', () => to.destroy());
  };
  const server = createServer((client) => {
    keep(client);
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    keep(upstream);
    forward(client, upstream);
    forward(upstream, client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: through.toString(),
    set(next) {
      mode = next;
      if (next !== 'stall') cut();
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
