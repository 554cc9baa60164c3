import { createClient } from 'redis';
import { freePort } from './free-port.ts';
import { spawnManaged } from './managed-process.ts';
import { foreignPart, startOwnPart, type Log, type Part } from './part.ts';
import { findRedis, REDIS_HELP } from './redis-binary.ts';

export interface RedisOptions {
  /** Starts one even where `REDIS_URL` names another. */
  readonly own?: boolean;
  readonly port?: number;
}

export interface Redis extends Part {
  /** `redis://…` */
  readonly url: string;
}

/** Redis: that of `REDIS_URL`, else one of our own, which forgets everything when it ends. */
export async function startRedis(options: RedisOptions = {}, log: Log = () => undefined): Promise<Redis> {
  const given = process.env['REDIS_URL'] ?? '';
  if (given !== '' && options.own !== true) {
    const plan = { name: 'Redis', variable: 'REDIS_URL', isReady: () => answers(given) };
    return Object.assign(await foreignPart(plan), { url: given });
  }
  const { path, env } = await findRedis(log);
  const port = options.port ?? (await freePort());
  const url = `redis://127.0.0.1:${port}`;
  const args = ['--save', '', '--appendonly', 'no', '--bind', '127.0.0.1', '--port', String(port)];
  const part = await startOwnPart({
    name: 'Redis',
    help: REDIS_HELP,
    launch: () => spawnManaged(path, args, { cwd: '/', env }),
    isReady: () => answers(url),
  });
  return Object.assign(part, { url });
}

async function answers(url: string): Promise<boolean> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 1_000 } });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.ping()) === 'PONG';
  } finally {
    client.destroy();
  }
}
