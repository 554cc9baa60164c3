import { DefaultLogger, Runtime, type LogEntry } from '@temporalio/worker';
import { pino, type Logger } from 'pino';

/** Keys under which a secret could stand in a log line of ours or of a library. The last safety net, not the first. */
const REDACTED_KEYS = [
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'authorization',
  'cookie',
  'apiKey',
  'connectionString',
  'link',
  'sealed',
  'email',
  'address',
];

const LONGEST_MESSAGE = 200;

/** JSON lines on standard output. Errors are logged as name, type, code and a short message: no stack, no cause, no body. */
export function createLogger(level: string, identity: string): Logger {
  return pino({
    level,
    base: { worker: identity },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: REDACTED_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[secret]' },
    serializers: { err: describeError, error: describeError },
  });
}

function describeError(error: unknown): unknown {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error.slice(0, LONGEST_MESSAGE) : typeof error;
  const { type, code } = error as { type?: unknown; code?: unknown };
  return {
    name: error.name,
    ...(typeof type === 'string' ? { type } : {}),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: error.message.slice(0, LONGEST_MESSAGE),
  };
}

/** Debug lines of the SDK hold its whole options, data converter and all: they are not passed on. */
const FORWARDED = { TRACE: undefined, DEBUG: undefined, INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Sends the log lines of Temporal's SDK and of its native core through the logger. To be called once per process. */
export function installRuntime(logger: Logger): void {
  Runtime.install({
    logger: new DefaultLogger('INFO', (entry: LogEntry) => {
      const level = FORWARDED[entry.level];
      if (level !== undefined) logger[level](entry.meta ?? {}, entry.message);
    }),
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'ERROR' }, forward: {} } },
    // The heartbeat of a worker reports the name of the host.
    workerHeartbeatInterval: 0,
  });
}
