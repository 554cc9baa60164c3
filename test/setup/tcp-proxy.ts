import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** Stands between a client and a server, to take the server away from it. */
export class TcpProxy implements AsyncDisposable {
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port = 0;
  #frozen = false;
  #connections = 0;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
  }

  get port(): number {
    return this.#port;
  }

  /** How many were made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Connects, on the same port as before. */
  async open(): Promise<void> {
    this.#server = createServer((inner) => this.#join(inner)).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Breaks all connections and refuses new ones, like a server that was killed. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Keeps all connections and takes new ones, but passes nothing on, like a stopped server or a lost network. */
  freeze(frozen = true): void {
    this.#frozen = frozen;
    for (const socket of this.#sockets) {
      if (frozen) socket.pause();
      else socket.resume();
    }
  }

  /** After `freeze`: leaves the connections as they are and lets new ones through. Answers what is to be destroyed later. */
  abandon(): readonly Socket[] {
    const lost = [...this.#sockets];
    this.#sockets.clear();
    this.#frozen = false;
    return lost;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.cut();
  }

  #join(inner: Socket): void {
    this.#connections++;
    const outer = createConnection(this.#target);
    const pair = [inner, outer] as const;
    for (const [from, to] of [pair, [outer, inner] as const]) {
      this.#sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      if (this.#frozen) from.pause();
    }
  }
}
