import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Client, Pool } from 'pg';
import { paragraphsOf, renderSql } from '../../sql/render.ts';

/** A row to begin with. What is left out is as Django would fill it in. */
export interface NewUser {
  readonly email: string;
  readonly firstName?: string;
  readonly lastName?: string;
  readonly active?: boolean;
  readonly accountId?: string | null;
  readonly syncedAt?: Date | null;
  readonly sealedPassword?: string | null;
}

/** A row as Django's database has it. */
export interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly is_active: boolean;
  readonly librechat_user_id: string | null;
  readonly librechat_synced_at: Date | null;
  readonly librechat_password_encrypted: string | null;
}

/** A database of its own with Django's user table, our indexes, our trigger and the worker's role. */
export interface UserDatabase extends AsyncDisposable {
  /** For the owner of the table, that is Django. */
  readonly ownerUrl: string;
  /** For the worker: nothing but what `sql/role.sql` grants. */
  readonly workerUrl: string;
  /** Connections as the owner. */
  readonly owner: Pool;
  addUser(user: NewUser): Promise<string>;
  /** The stored row; throws when there is none. */
  user(id: string): Promise<StoredUser>;
  /** One statement of the owner's that the trigger against stale saves lets through: an operator means it. */
  override(text: string, values: readonly unknown[]): Promise<void>;
}

/**
 * Makes a database on the given server, whose address must be that of a superuser. It is dropped on disposal.
 *
 * @param options.trigger whether to install `sql/trigger.sql`. Default: true
 */
export async function createUserDatabase(
  superuserUrl: string,
  { trigger = true }: { readonly trigger?: boolean } = {},
): Promise<UserDatabase> {
  const suffix = randomBytes(6).toString('hex');
  const database = `hestami_${suffix}`;
  const role = `worker_${suffix}`;
  const password = randomBytes(12).toString('hex');
  await execute(superuserUrl, [`CREATE DATABASE ${database}`]);
  const ownerUrl = withPath(superuserUrl, database);
  const table = readFileSync(new URL('django-users.sql', import.meta.url), 'utf8');
  await execute(ownerUrl, [table, renderSql('role', { role }), `ALTER ROLE ${role} PASSWORD '${password}'`]);
  await execute(ownerUrl, paragraphsOf(renderSql('indexes')));
  if (trigger) await execute(ownerUrl, [renderSql('trigger', { role })]);
  const owner = new Pool({ connectionString: ownerUrl, max: 5 });
  // The server is taken away from under the pool in some tests.
  owner.on('error', () => undefined);
  return {
    ownerUrl,
    workerUrl: withCredentials(ownerUrl, role, password),
    owner,
    addUser: (user) => insert(owner, user),
    async user(id) {
      const { rows } = await owner.query<StoredUser>('SELECT * FROM users_user WHERE id = $1', [id]);
      const [row] = rows;
      if (row === undefined) throw new Error(`There is no row with the id ${id}`);
      return row;
    },
    override: (text, values) => override(owner, text, values),
    async [Symbol.asyncDispose]() {
      await owner.end();
      await execute(superuserUrl, [
        `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`,
        `DROP ROLE IF EXISTS ${role}`,
      ]);
    },
  };
}

async function override(owner: Pool, text: string, values: readonly unknown[]): Promise<void> {
  const client = await owner.connect();
  try {
    await client.query(`BEGIN; SET LOCAL librechat.override = 'on'`);
    await client.query(text, [...values]);
    await client.query('COMMIT');
  } finally {
    // Also ends a transaction that failed.
    client.release(true);
  }
}

async function insert(owner: Pool, user: NewUser): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    `INSERT INTO users_user (password, is_superuser, username, first_name, last_name, email, is_staff, is_active,
       date_joined, librechat_user_id, librechat_synced_at, librechat_password_encrypted)
     VALUES ('!', false, $1, $2, $3, $4, false, $5, now(), $6, $7, $8) RETURNING id::text`,
    [
      randomBytes(8).toString('hex'),
      user.firstName ?? 'Ada',
      user.lastName ?? 'Lovelace',
      user.email,
      user.active ?? true,
      user.accountId ?? null,
      user.syncedAt ?? null,
      user.sealedPassword ?? null,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('The row was not inserted');
  return row.id;
}

async function execute(url: string, statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

function withPath(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
}

function withCredentials(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.toString();
}
