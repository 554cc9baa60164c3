import { once } from 'node:events';
import { connect } from 'node:net';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/messages.ts';
import { freePort } from './free-port.ts';
import { spawnManaged } from './managed-process.ts';
import { foreignPart, startOwnPart, type Log, type Part } from './part.ts';
import { findTemporal, TEMPORAL_HELP } from './temporal-binary.ts';

export interface TemporalOptions {
  /** Starts one even where `TEMPORAL_ADDRESS` names another. */
  readonly own?: boolean;
  /** With the web UI, on the given port or a free one. Default: without. */
  readonly ui?: boolean | number;
  readonly port?: number;
  /** Where it keeps everything. Default: in memory, so that a restart forgets it. */
  readonly dbFile?: string;
  /** Default: true. False makes a server that does not know our search attributes yet. */
  readonly searchAttributes?: boolean;
  /** More dynamic configuration, as `key: JSON`. */
  readonly dynamicConfig?: Readonly<Record<string, string>>;
}

export interface Temporal extends Part {
  /** `host:port` */
  readonly address: string;
  readonly namespace: string;
  readonly uiUrl: string | null;
}

const WRITTEN = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

/** The dev server has one shard, and its default of 20 polls a second holds every task back for 50 ms. */
const UNTHROTTLED = {
  'history.transferProcessorMaxPollRPS': '2000',
  'history.timerProcessorMaxPollRPS': '2000',
} as const;

/** Everything is kept in memory, which its garbage collector goes through again and again: rarely takes a tenth off its time. */
const RARE_COLLECTION = { GOGC: '400', GOMEMLIMIT: '2GiB' } as const;

/** Temporal: that of `TEMPORAL_ADDRESS`, else a dev server of our own. */
export async function startTemporal(
  options: TemporalOptions = {},
  log: Log = () => undefined,
): Promise<Temporal> {
  const given = process.env['TEMPORAL_ADDRESS'] ?? '';
  if (given !== '' && options.own !== true) {
    const namespace = process.env['TEMPORAL_NAMESPACE'] ?? 'default';
    const isReady = (): Promise<boolean> => answers(given, namespace, []);
    const part = await foreignPart({ name: 'Temporal', variable: 'TEMPORAL_ADDRESS', isReady });
    return Object.assign(part, { address: given, namespace, uiUrl: null });
  }
  const binary = await findTemporal(log);
  const { ui = false, port = await freePort() } = options;
  const uiPort = typeof ui === 'number' ? ui : await freePort();
  const address = `127.0.0.1:${port}`;
  const attributes = options.searchAttributes === false ? [] : Object.values(SEARCH_ATTRIBUTES);
  const quietly = ['--namespace', 'default', '--log-level', 'error'];
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port)].concat(
    quietly,
    ui === false ? ['--headless'] : ['--ui-port', String(uiPort)],
    attributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${WRITTEN[type]}`]),
    assignments('--dynamic-config-value', { ...UNTHROTTLED, ...options.dynamicConfig }),
    storage(options.dbFile),
  );
  const part = await startOwnPart({
    name: 'Temporal',
    help: TEMPORAL_HELP,
    launch: () => spawnManaged(binary, args, { env: RARE_COLLECTION }),
    isReady: () =>
      answers(
        address,
        'default',
        attributes.map(({ name }) => name),
      ),
  });
  return Object.assign(part, {
    address,
    namespace: 'default',
    uiUrl: ui === false ? null : `http://127.0.0.1:${uiPort}`,
  });
}

function storage(file: string | undefined): string[] {
  if (file === undefined) return [];
  const pragmas = { journal_mode: 'wal', synchronous: 'normal' };
  return ['--db-filename', file, ...assignments('--sqlite-pragma', pragmas)];
}

function assignments(flag: string, values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => [flag, `${name}=${value}`]);
}

async function answers(address: string, namespace: string, attributes: readonly string[]): Promise<boolean> {
  await accepts(address);
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    return await connection.withDeadline(Date.now() + 2_000, async () => {
      await connection.workflowService.describeNamespace({ namespace });
      if (attributes.length === 0) return true;
      const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
      return attributes.every((name) => name in customAttributes);
    });
  } finally {
    await connection.close();
  }
}

/** Asked first, since gRPC pauses for a second after a connection that was refused. */
async function accepts(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port), timeout: 2_000 });
  socket.once('timeout', () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}
