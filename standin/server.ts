import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createApp } from './app.ts';
import { createControl } from './control.ts';
import { Installation } from './installation.ts';
import { defaultSettings, type Settings } from './settings.ts';

export interface StandInOptions {
  host?: string;
  /** 0 or absent: any free port. */
  port?: number;
  /** Absent: no control port. 0: any free port. */
  controlPort?: number;
  /** Where the data lives across restarts; absent: memory only. */
  snapshotFile?: string;
  settings?: Partial<Settings>;
  /** What a `kill` fault does. Default: close every socket at once, as seen from outside a killed process. */
  onKill?: () => void;
}

export interface RunningStandIn {
  url: string;
  controlUrl: string | undefined;
  /** Settles when a `kill` fault has acted. */
  killed: Promise<void>;
  close(): Promise<void>;
}

/** Starts a stand-in in this process; its bcrypt blocks this process's event loop, as LibreChat's does its own. */
export async function startStandIn(options: StandInOptions = {}): Promise<RunningStandIn> {
  const { host = '127.0.0.1', port = 0, controlPort, snapshotFile } = options;
  const settings: Settings = { ...defaultSettings(), ...options.settings };
  const servers: Server[] = [];
  let noteKilled = () => {};
  const killed = new Promise<void>((resolve) => (noteKilled = resolve));
  const shut = () => {
    for (const server of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  const kill = () => {
    if (options.onKill) options.onKill();
    else shut();
    noteKilled();
  };
  const installation = new Installation(settings, { snapshotFile, kill });
  const app = createApp(installation);
  const url = await listen(servers, app, host, port);
  const control = controlPort === undefined ? undefined : createControl(installation, app);
  const controlUrl = control ? await listen(servers, control, host, controlPort ?? 0) : undefined;
  const close = async () => {
    const closed = servers.filter((server) => server.listening).map(async (server) => once(server, 'close'));
    shut();
    installation.limiters.close();
    await Promise.all(closed);
    installation.save();
  };
  return { url, controlUrl, killed, close };
}

async function listen(
  servers: Server[],
  handler: RequestListener,
  host: string,
  port: number,
): Promise<string> {
  const server = createServer(handler);
  servers.push(server);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const actual = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`;
}
