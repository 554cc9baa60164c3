import { z } from 'zod';
import { parseAddressTemplate } from '../../activities/address.ts';
import { quoteTable } from '../../activities/adapters/sql-identifiers.ts';
import { TASK_QUEUE } from '../../contract/ids.ts';
import { problemOf } from './problem.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const count = z.coerce.number().int().min(1);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' });

/** A check by one of our own parsers, whose message never holds the value. */
const accepted =
  (name: string, parse: (value: string) => unknown) =>
  (value: string, context: z.RefinementCtx<string>): void => {
    try {
      parse(value);
    } catch (error) {
      context.addIssue({ code: 'custom', message: problemOf(name, error) });
    }
  };

const secret = (about: string): z.ZodString => z.string().min(1).meta({ about, secret: true });

const secretUrl = (protocol: RegExp, shape: string, about: string): z.ZodURL =>
  z.url({ protocol, error: `must be ${shape}` }).meta({ about, secret: true });

/**
 * Every environment variable of the worker, with what it means and when to leave it alone. The table in
 * README.md is made from this. `TEMPORAL_*` is read by `@temporalio/envconfig`.
 */
export const variables = z.object({
  DATABASE_URL: secretUrl(
    /^postgres(ql)?$/,
    'a postgres:// address',
    'PostgreSQL with the user table, as the role of `sql/role.sql`: `postgres://…`.',
  ),
  DJANGO_USER_TABLE: z
    .string()
    .superRefine(accepted('DJANGO_USER_TABLE', quoteTable))
    .default('users_user')
    .meta({ about: 'The user table, as `table` or `schema.table`.' }),
  DATABASE_POOL_SIZE: count.default(10).meta({ about: 'Connections to PostgreSQL, at most.' }),
  REDIS_URL: secretUrl(
    /^rediss?$/,
    'a redis:// or rediss:// address',
    'Redis for the session records: `redis://…` or `rediss://…`. It may be away at any time.',
  ),
  LIBRECHAT_API_URL: httpUrl.meta({ about: 'LibreChat as the worker reaches it: not the public address.' }),
  LIBRECHAT_CONNECTIONS: count.default(10).meta({
    about: 'Connections to LibreChat, at most. It hashes one password at a time, so more do not help.',
  }),
  LIBRECHAT_ADDRESS: z
    .string()
    .superRefine(accepted('LIBRECHAT_ADDRESS', parseAddressTemplate))
    .default('{email}')
    .meta({
      about:
        'Address of an account: `{email}`, or one with `{id}` in it such as `u{id}@chat.example.invalid`, which makes ' +
        'address changes and collisions impossible. Fixed after the first user.',
    }),
  LIBRECHAT_ENCRYPTION_KEY: secret(
    'Fernet keys of the password column, comma-separated: the first seals, any opens. The same as in Django.',
  ),
  LIBRECHAT_SESSION_KEY: secret(
    'Keys of the access tokens in Redis, 32 bytes in base64, comma-separated. The BFF has the same.',
  ),
  LIBRECHAT_REFRESH_KEY: secret('Keys of the refresh tokens in Redis, likewise. Only the worker has them.'),
  LIBRECHAT_ADMIN_EMAIL: z
    .email({ error: 'must be an e-mail address' })
    .optional()
    .meta({ about: 'The administrator of LibreChat, registered first where LibreChat is empty.' }),
  LIBRECHAT_ADMIN_PASSWORD: z
    .string()
    .min(8, { error: 'must have 8 to 72 characters' })
    .max(72, { error: 'must have 8 to 72 characters' })
    .meta({ about: 'Its password, 8 to 72 characters.', secret: true })
    .optional(),
  LIBRECHAT_ADMIN_BOOTSTRAP: z.enum(['on', 'off']).default('on').meta({
    about: '`off`: somebody else makes sure that LibreChat has an administrator before the first user.',
  }),
  ROTATION_PERIOD_DAYS: count.default(30).meta({
    about: 'A password that is older is due: the daily run of the fleet replaces it.',
  }),
  SCHEDULES: z
    .enum(['apply', 'off'])
    .default('apply')
    .meta({
      about:
        'The worker makes Temporal’s schedules and keeps them. `off`: somebody runs `schedules apply` instead; without ' +
        'schedules nothing that was lost is found.',
    }),
  LIBRECHAT_TASK_QUEUE: z
    .string()
    .min(1)
    .default(TASK_QUEUE)
    .meta({ about: 'Leave it alone: callers use the default. Tests give each worker its own.' }),
  WORKER_IDENTITY: z.string().min(1).optional().meta({
    about:
      'Name of this process in Temporal, for example the pod. Default: a random one; never the host name.',
  }),
  WORKFLOW_BUNDLE: z.string().min(1).optional().meta({
    about: 'File made by `npm run bundle`. Default: the one of the build; from source, made at start.',
  }),
  HEALTH_HOST: z.string().min(1).default('0.0.0.0').meta({ about: 'Where `/healthz` and `/readyz` listen.' }),
  HEALTH_PORT: port.default(8081).meta({ about: 'Their port; 0 takes any free one and logs it.' }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({ about: 'Logs are JSON lines on standard output, without secrets at any level.' }),
  WORKER_COUNT: count.default(1).meta({
    about: 'How many workers there are. They share LibreChat’s limits by it while Redis is away.',
  }),
  MAX_CONCURRENT_ACTIVITIES: count.default(20).meta({ about: 'Steps that run at once.' }),
  MAX_CACHED_WORKFLOWS: count.default(100).meta({ about: 'Workflows kept in memory: about 1 MB each.' }),
  STICKY_TIMEOUT_MS: count.default(1_000).meta({
    about: 'How long a workflow waits for the worker that knows it. Temporal’s own 10 s make recovery slow.',
  }),
  SHUTDOWN_GRACE_SECONDS: count.default(25).meta({
    about: 'Running steps may finish for so long after SIGTERM; 3 s later the process ends by force.',
  }),
  CONNECT_TIMEOUT_SECONDS: count.default(60).meta({
    about: 'At start, Temporal and PostgreSQL are waited for this long; then the process exits with 1.',
  }),
});

/** What is known about a variable beside its schema. */
export interface VariableNotes {
  readonly about: string;
  readonly secret?: boolean;
}

/** The notes of a variable; `optional` and `default` wrap the schema that carries them. */
export function notesOf(schema: z.ZodType): VariableNotes {
  const { about, secret: isSecret } = schema.meta() ?? {};
  if (typeof about === 'string') return { about, secret: isSecret === true };
  return schema instanceof z.ZodOptional ? notesOf(schema.unwrap() as z.ZodType) : { about: '' };
}

export const secretNames: readonly string[] = Object.entries(variables.shape)
  .filter(([, schema]) => notesOf(schema).secret)
  .map(([name]) => name);
