import { waitUntil } from '../parts/index.ts';
import type { UserDatabase } from './user-database.ts';

const LONGEST_WAIT_MS = 30_000;

/** A lock of the owner that makes the worker's statement wait, so that something can be done while it does. */
export interface HeldLock {
  /** Settles when a statement of the worker waits for the lock. */
  waitedFor(): Promise<void>;
  release(): Promise<void>;
}

/** Locks the row against writes (`row`), or the table against everything (`table`). */
export async function holdLock(database: UserDatabase, what: 'row' | 'table', id = ''): Promise<HeldLock> {
  const client = await database.owner.connect();
  await client.query('BEGIN');
  if (what === 'row') await client.query('SELECT FROM users_user WHERE id = $1 FOR UPDATE', [id]);
  else await client.query('LOCK TABLE users_user IN ACCESS EXCLUSIVE MODE');
  return {
    waitedFor: () =>
      waitUntil(
        'a statement of the worker waits for the lock',
        async () => {
          // Not on the connection of the lock: a transaction keeps the activity that it has seen first.
          const { rows } = await database.owner.query(
            `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
          );
          return rows.length > 0;
        },
        LONGEST_WAIT_MS,
      ),
    async release() {
      await client.query('ROLLBACK');
      client.release();
    },
  };
}
