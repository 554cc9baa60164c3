import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { constants, gunzipSync } from 'node:zlib';

/** `pass` forwards; `stall` keeps connections open and loses what comes; `refuse` ends them, old and new. */
export type WireMode = 'pass' | 'stall' | 'refuse';

/** From the worker (`out`), or to it (`in`). */
type Direction = 'out' | 'in';

/** Waits for a text to come by, and decides what becomes of it while it is held. */
interface Watch {
  readonly direction: Direction;
  readonly text: string;
  readonly react: () => Promise<void>;
}

/** A wire between a worker and one of its systems, which a test listens to and cuts. */
export interface Wire extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
  /** The given URL, through the wire. */
  readonly url: string;
  set(mode: WireMode): void;
  /**
   * Holds the next bytes with the text in them until `react` has ended, and sends them on if the mode is `pass` then.
   *
   * @returns settles when `react` has
   */
  when(direction: Direction, text: string, react: () => Promise<void> | void): Promise<void>;
}

/** A text, or the compressed message of a gRPC call, may come in two pieces. */
const KEPT_BYTES = 4_096;
const GZIP = Buffer.from([0x1f, 0x8b, 0x08]);

/** Whether the text stands in the bytes, in plain or in what is compressed in them, as messages to and from Temporal are. */
function holds(bytes: Buffer, text: string): boolean {
  if (bytes.includes(text)) return true;
  for (let at = bytes.indexOf(GZIP); at >= 0; at = bytes.indexOf(GZIP, at + 1)) {
    try {
      // What follows the end, or is still to come, is no error.
      if (gunzipSync(bytes.subarray(at), { finishFlush: constants.Z_SYNC_FLUSH }).includes(text)) return true;
    } catch {
      // These were no compressed bytes after all.
    }
  }
  return false;
}

/** Lays a wire to the server that `url` names. */
export async function layWire(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  const watches = new Set<Watch>();
  let mode: WireMode = 'pass';
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const forward = (from: Socket, to: Socket, direction: Direction): void => {
    let tail: Buffer = Buffer.alloc(0);
    const send = (chunk: Buffer): void => {
      if (mode === 'pass') to.write(chunk);
    };
    from.on('data', (chunk) => {
      const seen = Buffer.concat([tail, chunk]);
      tail = seen.subarray(-KEPT_BYTES);
      const watch = [...watches].find((one) => one.direction === direction && holds(seen, one.text));
      if (watch === undefined) return send(chunk);
      watches.delete(watch);
      tail = Buffer.alloc(0);
      from.pause();
      void watch.react().finally(() => {
        send(chunk);
        from.resume();
      });
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
    forward(client, upstream, 'out');
    forward(upstream, client, 'in');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const through = new URL(url);
  through.host = address;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address,
    url: through.toString(),
    set(next) {
      mode = next;
      if (next === 'refuse') cut();
    },
    when(direction, text, react) {
      const done = Promise.withResolvers<void>();
      const reacting = async (): Promise<void> => {
        try {
          await react();
          done.resolve();
        } catch (error) {
          done.reject(error);
        }
      };
      watches.add({ direction, text, react: reacting });
      return done.promise;
    },
    async [Symbol.asyncDispose]() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
