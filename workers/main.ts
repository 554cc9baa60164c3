import { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { BridgeError } from '../contract/errors.ts';
import { parseConfiguration, type Configuration } from './configuration/configuration.ts';
import { startHealthServer } from './health.ts';
import { Stopped, withPatience, type Patience } from './patience.ts';
import { poll } from './poll.ts';
import { ensureKeysFit } from './preflight.ts';
import { warnOfShortRetention } from './retention.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { openServices } from './services.ts';
import { createLogger, installRuntime } from './telemetry.ts';
import { startUpkeep } from './upkeep.ts';

/** `sysexits.h`: the configuration is wrong, and starting again will not help. */
const EXIT_CONFIGURATION = 78;
const EXIT_FAILURE = 1;

async function main(): Promise<number> {
  const parsed = parseConfiguration(process.env);
  if (!parsed.ok) {
    const list = parsed.problems.map((problem) => `  ${problem}\n`).join('');
    process.stderr.write(`The configuration is not valid:\n${list}README.md has the table.\n`);
    return EXIT_CONFIGURATION;
  }
  const { configuration } = parsed;
  const logger = createLogger(configuration.logLevel, configuration.identity);
  installRuntime(logger);
  try {
    await run(configuration, logger);
    logger.info('The worker has drained');
    return 0;
  } catch (error) {
    if (error instanceof Stopped) {
      logger.info('The worker was stopped before it polled');
      return 0;
    }
    logger.fatal({ error }, 'The worker has failed');
    if (!(error instanceof BridgeError && error.code === 'ConfigurationInvalid')) return EXIT_FAILURE;
    // The log cuts messages short, and this one says what to type.
    process.stderr.write(`${error.message}\n`);
    return EXIT_CONFIGURATION;
  }
}

/** Connects, checks, polls until a signal comes or something fails, and lets go of everything in either case. */
async function run(configuration: Configuration, logger: Logger): Promise<void> {
  await using services = openServices(configuration, logger);
  await using health = await startHealthServer(configuration.health);
  logger.info({ healthPort: health.port }, 'The worker starts');
  const patience: Patience = {
    deadline: Date.now() + configuration.tuning.connectTimeoutSeconds * 1_000,
    onRetry: (attempt) => logger.warn({ attempt }, 'Temporal or PostgreSQL does not answer yet'),
    stop: stopSignal(),
  };
  await withPatience(() => ensureKeysFit(services.userTable, configuration.keyRing), isTransient, patience);
  const connection = await connect(configuration, patience);
  try {
    await ensureSearchAttributes(connection, configuration.temporal.namespace);
    await warnOfShortRetention(connection, configuration.temporal.namespace, logger);
    if (patience.stop.aborted) throw new Stopped();
    await using _ = startUpkeep(configuration, connection, logger);
    await poll(configuration, connection, services, { health, logger });
  } finally {
    // A step that was given up still holds it. What is reported is why it was, not this.
    await connection.close().catch(() => logger.warn('The connection to Temporal was not closed'));
  }
}

/** Temporal's runtime takes the signals for a worker that polls; before that nobody would act on them. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

const connect = (configuration: Configuration, patience: Patience): Promise<NativeConnection> =>
  withPatience(
    () => NativeConnection.connect(configuration.temporal.connectionOptions),
    // An option that the native client refuses will be refused again.
    (error) => !(error instanceof TypeError),
    patience,
  );

const isTransient = (error: unknown): boolean => error instanceof BridgeError && error.transient;

// Not left to an empty event loop: Temporal's runtime, once installed, keeps the process alive if it never had a connection.
process.exit(await main());
