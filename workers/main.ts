import { NativeConnection, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import { BridgeError } from '../contract/errors.ts';
import { failureConverterPath, workflowBundle } from './bundle.ts';
import { parseConfiguration, type Configuration } from './configuration/configuration.ts';
import { startHealthServer, type HealthServer } from './health.ts';
import { Stopped, withPatience, type Patience } from './patience.ts';
import { ensureKeysFit } from './preflight.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { openServices, type OpenServices } from './services.ts';
import { createLogger, installRuntime } from './telemetry.ts';

/** `sysexits.h`: the configuration is wrong, and starting again will not help. */
const EXIT_CONFIGURATION = 78;
const EXIT_FAILURE = 1;

/** So long after the grace a step that still runs is given up. Another second may go into letting go of everything. */
const FORCE_AFTER_GRACE_SECONDS = 2;

/** Heartbeats go out at least so often (milliseconds): the default leaves one second of slack in five. */
const MAX_HEARTBEAT_THROTTLE_MS = 1_500;

/** A probe should hear from us before it gives up. */
const READY_DEADLINE_MS = 2_000;

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
    if (patience.stop.aborted) throw new Stopped();
    await poll(configuration, connection, services, { health, logger });
  } finally {
    // A step that was given up still holds it. Why it was is told, not this.
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
    // The native client is not started with an option that it refuses.
    (error) => !(error instanceof TypeError),
    patience,
  );

const isTransient = (error: unknown): boolean => error instanceof BridgeError && error.transient;

async function poll(
  configuration: Configuration,
  connection: NativeConnection,
  services: OpenServices,
  { health, logger }: { readonly health: HealthServer; readonly logger: Logger },
): Promise<void> {
  const worker = await createWorker(configuration, connection, services);
  health.readyWhen(async () => {
    if (worker.getState() !== 'RUNNING') return false;
    await connection.withDeadline(Date.now() + READY_DEADLINE_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  });
  logger.info({ taskQueue: configuration.taskQueue, healthPort: health.port }, 'The worker polls');
  await worker.run();
}

async function createWorker(
  { tuning, temporal, taskQueue, identity, workflowBundle: bundle }: Configuration,
  connection: NativeConnection,
  services: OpenServices,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue,
    identity,
    ...(await bundleOption(bundle)),
    dataConverter: { failureConverterPath },
    activities: { ...createActivities(services) },
    maxConcurrentActivityTaskExecutions: tuning.maxConcurrentActivities,
    maxCachedWorkflows: tuning.maxCachedWorkflows,
    stickyQueueScheduleToStartTimeout: tuning.stickyTimeoutMs,
    maxHeartbeatThrottleInterval: MAX_HEARTBEAT_THROTTLE_MS,
    shutdownGraceTime: `${tuning.shutdownGraceSeconds}s`,
    shutdownForceTime: `${tuning.shutdownGraceSeconds + FORCE_AFTER_GRACE_SECONDS}s`,
    // A programming error or a non-determinism ends the run instead of holding the account's id for ever.
    workflowFailureErrorTypes: { '*': ['Error'] },
  });
}

async function bundleOption(
  configured: string | undefined,
): Promise<Pick<Parameters<typeof Worker.create>[0], 'workflowBundle'>> {
  const bundle = await workflowBundle(configured);
  return bundle === undefined ? {} : { workflowBundle: bundle };
}

// Not left to an empty event loop: Temporal's runtime, once installed, stays for as long as it had no connection.
process.exit(await main());
