import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { parseAddressTemplate, type AddressTemplate } from '../../activities/address.ts';
import type { AdminBootstrap } from '../../activities/admin-guard.ts';
import { createKeyRing } from '../../activities/adapters/fernet.ts';
import type { KeyRing } from '../../activities/ports/key-ring.ts';
import { parseKeyRing, type SessionKeyRing } from '../../client/session-record/index.ts';
import { BridgeError } from '../../contract/errors.ts';
import { Secret } from '../../contract/secret.ts';
import { problemOf } from './problem.ts';
import { withSecretFiles } from './secret-files.ts';
import { loadTemporalTarget, type TemporalTarget } from './temporal-target.ts';
import { variables } from './variables.ts';

type Values = z.output<typeof variables>;
type Given = Readonly<Record<string, string | undefined>>;

/** The worker's configuration: parsed once, secrets boxed, keys ready to use. */
export interface Configuration {
  readonly temporal: TemporalTarget;
  readonly taskQueue: string;
  readonly schedules: Values['SCHEDULES'];
  readonly rotationPeriodDays: number;
  readonly identity: string;
  readonly workflowBundle: string | undefined;
  readonly database: { readonly url: Secret; readonly table: string; readonly poolSize: number };
  readonly redisUrl: Secret;
  readonly libreChat: { readonly url: string; readonly connections: number };
  readonly address: AddressTemplate;
  readonly admin: AdminBootstrap;
  readonly keyRing: KeyRing;
  readonly sessionKeys: SessionKeyRing;
  readonly refreshKeys: SessionKeyRing;
  readonly health: { readonly host: string; readonly port: number };
  readonly logLevel: Values['LOG_LEVEL'];
  readonly tuning: {
    readonly workerCount: number;
    readonly maxConcurrentActivities: number;
    readonly maxCachedWorkflows: number;
    readonly stickyTimeoutMs: number;
    readonly shutdownGraceSeconds: number;
    readonly connectTimeoutSeconds: number;
  };
}

/** The configuration, or every problem with it at once: one line each, never with a value in it. */
export type ConfigurationResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Parses the environment. Reads the files that `*_FILE` variables name, and nothing else. */
export function parseConfiguration(environment: Given): ConfigurationResult {
  const secrets = withSecretFiles(environment);
  const given = withoutEmpty(secrets.environment);
  const problems = [...secrets.problems];
  const parsed = variables.safeParse(given);
  for (const issue of parsed.error?.issues ?? [])
    if (!secrets.unreadable.has(nameOf(issue))) problems.push(describe(issue, given));
  const check = <Value>(name: string, parse: () => Value): Value | undefined =>
    collect(problems, name, parse);

  const ring = <Ring>(name: keyof Values, parse: (keys: Secret) => Ring): Ring | undefined => {
    const keys = given[name];
    return keys === undefined ? undefined : check(name, () => parse(new Secret(keys)));
  };
  const keyRing = ring('LIBRECHAT_ENCRYPTION_KEY', createKeyRing);
  const sessionKeys = ring('LIBRECHAT_SESSION_KEY', (keys) => parseKeyRing('LIBRECHAT_SESSION_KEY', keys));
  const refreshKeys = ring('LIBRECHAT_REFRESH_KEY', (keys) => parseKeyRing('LIBRECHAT_REFRESH_KEY', keys));
  const temporal = check('TEMPORAL_*', () => loadTemporalTarget(given));
  const admin = secrets.unreadable.has('LIBRECHAT_ADMIN_PASSWORD')
    ? undefined
    : check('LIBRECHAT_ADMIN_PASSWORD', () => adminOf(given));

  if (
    problems.length > 0 ||
    !parsed.success ||
    !keyRing ||
    !sessionKeys ||
    !refreshKeys ||
    !temporal ||
    !admin
  ) {
    return { ok: false, problems };
  }
  return {
    ok: true,
    configuration: assemble(parsed.data, { temporal, admin, keyRing, sessionKeys, refreshKeys }),
  };
}

type Parts = Pick<Configuration, 'temporal' | 'admin' | 'keyRing' | 'sessionKeys' | 'refreshKeys'>;

function assemble(values: Values, parts: Parts): Configuration {
  return {
    ...parts,
    taskQueue: values.LIBRECHAT_TASK_QUEUE,
    schedules: values.SCHEDULES,
    rotationPeriodDays: values.ROTATION_PERIOD_DAYS,
    identity: values.WORKER_IDENTITY ?? `librechat-worker-${randomUUID().slice(0, 8)}`,
    workflowBundle: values.WORKFLOW_BUNDLE,
    database: {
      url: new Secret(values.DATABASE_URL),
      table: values.DJANGO_USER_TABLE,
      poolSize: values.DATABASE_POOL_SIZE,
    },
    redisUrl: new Secret(values.REDIS_URL),
    libreChat: { url: values.LIBRECHAT_API_URL, connections: values.LIBRECHAT_CONNECTIONS },
    address: parseAddressTemplate(values.LIBRECHAT_ADDRESS),
    health: { host: values.HEALTH_HOST, port: values.HEALTH_PORT },
    logLevel: values.LOG_LEVEL,
    tuning: {
      workerCount: values.WORKER_COUNT,
      maxConcurrentActivities: values.MAX_CONCURRENT_ACTIVITIES,
      maxCachedWorkflows: values.MAX_CACHED_WORKFLOWS,
      stickyTimeoutMs: values.STICKY_TIMEOUT_MS,
      shutdownGraceSeconds: values.SHUTDOWN_GRACE_SECONDS,
      connectTimeoutSeconds: values.CONNECT_TIMEOUT_SECONDS,
    },
  };
}

/** Checked on what was given, so that it is reported together with what the schema finds. */
function adminOf(given: Given): AdminBootstrap {
  if (given['LIBRECHAT_ADMIN_BOOTSTRAP'] === 'off') return 'off';
  const email = given['LIBRECHAT_ADMIN_EMAIL'];
  if (email === undefined) return 'unset';
  const password = given['LIBRECHAT_ADMIN_PASSWORD'];
  if (password === undefined) {
    throw new BridgeError('ConfigurationInvalid', { detail: 'it is missing beside LIBRECHAT_ADMIN_EMAIL' });
  }
  return { address: email.trim().toLowerCase(), password: new Secret(password) };
}

function collect<Value>(problems: string[], name: string, parse: () => Value): Value | undefined {
  try {
    return parse();
  } catch (error) {
    problems.push(`${name}: ${problemOf(name, error)}`);
    return undefined;
  }
}

/** An orchestrator passes an unset variable on as an empty one. */
function withoutEmpty(environment: Given): Given {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

const nameOf = (issue: z.core.$ZodIssue): string => String(issue.path[0]);

function describe(issue: z.core.$ZodIssue, given: Given): string {
  const name = nameOf(issue);
  return given[name] === undefined ? `${name}: is missing` : `${name}: ${issue.message}`;
}
