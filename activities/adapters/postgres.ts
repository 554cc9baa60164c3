import { DatabaseError, Pool, type PoolConfig } from 'pg';
import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';

/** A pool of connections that speaks in rows and in codes. */
export interface Postgres {
  /** @throws BridgeError `DatabaseUnavailable`, or `AccountConflict` for a second row with the same unique value */
  query<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
  /** The same for a statement that looks a row up: a key that is not of the column's type finds none. */
  queryByKey<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]>;
  close(): Promise<void>;
}

/** How to reach PostgreSQL. */
export interface PostgresOptions {
  readonly connectionString: Secret;
  readonly poolSize?: number;
  /** Hears of connections that broke while idle. */
  readonly onIdleError?: () => void;
}

/**
 * Those that count are the server's: a client that stops waiting leaves the statement running. `query_timeout` is for a
 * server that no longer answers at all.
 */
const TIMEOUTS: PoolConfig = {
  connectionTimeoutMillis: 2_000,
  statement_timeout: 3_000,
  lock_timeout: 2_000,
  query_timeout: 5_000,
};

const UNIQUE_VIOLATION = '23505';
/** The value is not of the column's type (a UUID for a bigint column), so no row can have it. */
const NOT_OF_THE_TYPE = new Set(['22P02', '22003']);
/** Marks an error for `queryByKey`, without a value of the row. */
const NO_SUCH_VALUE = Symbol('no such value');

export function openPostgres({ connectionString, poolSize = 10, onIdleError }: PostgresOptions): Postgres {
  const pool = new Pool({
    connectionString: connectionString.reveal(),
    max: poolSize,
    keepAlive: true,
    ...TIMEOUTS,
  });
  pool.on('error', () => onIdleError?.());
  return {
    async query<Row extends object>(text: string, values: readonly unknown[]) {
      try {
        return (await pool.query<Row>(text, [...values])).rows;
      } catch (error) {
        throw toBridgeError(error);
      }
    },
    async queryByKey<Row extends object>(text: string, values: readonly unknown[]) {
      try {
        return await this.query<Row>(text, values);
      } catch (error) {
        if (isNoSuchValue(error)) return [];
        throw error;
      }
    },
    close: () => pool.end(),
  };
}

/**
 * A statement about many things at once. PostgreSQL refuses all of them where it refuses one: so they are halved until that
 * one is alone.
 *
 * @param alone what comes of one that is refused; throws what is not about it
 */
export async function halvedWhereRefused<Thing, Row>(
  things: readonly Thing[],
  query: (things: readonly Thing[]) => Promise<readonly Row[]>,
  alone: (thing: Thing, error: unknown) => readonly Row[],
): Promise<readonly Row[]> {
  const [first, ...others] = things;
  if (first === undefined) return [];
  try {
    return await query(things);
  } catch (error) {
    const refused = alone(first, error);
    if (others.length === 0) return refused;
    const half = Math.ceil(things.length / 2);
    return [
      ...(await halvedWhereRefused(things.slice(0, half), query, alone)),
      ...(await halvedWhereRefused(things.slice(half), query, alone)),
    ];
  }
}

/** Whether a value was not of its column's type, so that no row can have it. */
export const isNoSuchValue = (error: unknown): boolean =>
  error instanceof BridgeError && error.cause === NO_SUCH_VALUE;

/** Of PostgreSQL's errors only the SQLSTATE leaves this file: message, detail and where hold values of the row. */
function toBridgeError(error: unknown): BridgeError {
  if (!(error instanceof DatabaseError)) return new BridgeError('DatabaseUnavailable');
  if (error.code === UNIQUE_VIOLATION) {
    return new BridgeError('AccountConflict', {
      detail: 'another row is linked to the same LibreChat account',
    });
  }
  const cause = NOT_OF_THE_TYPE.has(error.code ?? '') ? NO_SUCH_VALUE : undefined;
  return new BridgeError('DatabaseUnavailable', { detail: `SQLSTATE ${error.code ?? 'unknown'}`, cause });
}
