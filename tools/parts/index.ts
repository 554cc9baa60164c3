/**
 * Real parts without a human: Temporal, PostgreSQL and Redis, of the environment where it names them, else of our own.
 * What is started here ends with the process that started it, whatever ends that one.
 */
import type { Log } from './part.ts';
import { startPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
import { startRedis, type Redis, type RedisOptions } from './redis.ts';
import { startTemporal, type Temporal, type TemporalOptions } from './temporal.ts';

export { runToEnd } from './command.ts';
export { freePort } from './free-port.ts';
export { spawnManaged, type Exit, type ManagedOptions, type ManagedProcess } from './managed-process.ts';
export type { Log, Part } from './part.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './postgres.ts';
export { startRedis, type Redis, type RedisOptions } from './redis.ts';
export { startTemporal, type Temporal, type TemporalOptions } from './temporal.ts';
export { waitUntil } from './wait-until.ts';

export interface PartsOptions {
  readonly temporal?: TemporalOptions;
  readonly postgres?: PostgresOptions;
  readonly redis?: RedisOptions;
  /** Told about steps that take long. Default: nobody. */
  readonly log?: Log;
}

export interface Parts extends AsyncDisposable {
  readonly temporal: Temporal;
  readonly postgres: Postgres;
  readonly redis: Redis;
}

/**
 * Starts all three at once and returns when they are ready. Disposal ends them.
 *
 * @throws Error that says of each part that cannot be had why, and what helps; the others are ended again
 */
export async function startParts(options: PartsOptions = {}): Promise<Parts> {
  const { log } = options;
  const [temporal, postgres, redis] = await Promise.allSettled([
    startTemporal(options.temporal, log),
    startPostgres(options.postgres, log),
    startRedis(options.redis, log),
  ]);
  const started = [temporal, postgres, redis].filter((part) => part.status === 'fulfilled');
  const disposeAll = async (): Promise<void> => {
    await Promise.all(started.map(({ value }) => value[Symbol.asyncDispose]()));
  };
  if (temporal.status === 'fulfilled' && postgres.status === 'fulfilled' && redis.status === 'fulfilled')
    return {
      temporal: temporal.value,
      postgres: postgres.value,
      redis: redis.value,
      [Symbol.asyncDispose]: disposeAll,
    };
  await disposeAll();
  const failures = [temporal, postgres, redis].filter((part) => part.status === 'rejected');
  throw new Error(
    failures.map(({ reason }) => (reason instanceof Error ? reason.message : String(reason))).join('\n'),
  );
}
