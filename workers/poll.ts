import { Worker, type NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/index.ts';
import { fleetTaskQueue } from '../contract/ids.ts';
import { failureConverterPath, workflowBundle } from './bundle.ts';
import type { Configuration } from './configuration/configuration.ts';
import type { HealthServer } from './health.ts';
import type { OpenServices } from './services.ts';

/** How long after the grace period a step that still runs is given up. Closing everything may take another second. */
const FORCE_AFTER_GRACE_SECONDS = 2;

/** Heartbeats go out at least so often (milliseconds): the default leaves one second of slack in five. */
const MAX_HEARTBEAT_THROTTLE_MS = 1_500;

/** A probe should get our answer before it gives up. */
const READY_DEADLINE_MS = 2_000;

/**
 * Polls both queues until a signal comes or something fails. Bulk work has slots and connections of its own, so that a
 * sign-up never stands behind a thousand rotations.
 */
export async function poll(
  configuration: Configuration,
  connection: NativeConnection,
  services: OpenServices,
  { health, logger }: { readonly health: HealthServer; readonly logger: Logger },
): Promise<void> {
  const { taskQueue } = configuration;
  const bundle = await workflowBundle(configuration.workflowBundle);
  const create = (queue: string, work: OpenServices['interactive']): Promise<Worker> =>
    createWorker(configuration, { connection, bundle, queue, work });
  const workers = await Promise.all([
    create(taskQueue, services.interactive),
    create(fleetTaskQueue(taskQueue), services.bulk),
  ]);
  health.readyWhen(async () => {
    if (workers.some((worker) => worker.getState() !== 'RUNNING')) return false;
    await connection.withDeadline(Date.now() + READY_DEADLINE_MS, () =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  });
  logger.info({ taskQueue, healthPort: health.port }, 'The worker polls');
  await runAll(workers);
}

/** All end when one fails: half a worker would look like a whole one. */
async function runAll(workers: readonly Worker[]): Promise<void> {
  const runs = workers.map(async (worker) => {
    try {
      await worker.run();
    } catch (error) {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
      throw error;
    }
  });
  const ends = await Promise.allSettled(runs);
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

interface Queue {
  readonly connection: NativeConnection;
  readonly bundle: Awaited<ReturnType<typeof workflowBundle>>;
  readonly queue: string;
  readonly work: OpenServices['interactive'];
}

function createWorker(
  { tuning, temporal, identity }: Configuration,
  { connection, bundle, queue, work }: Queue,
): Promise<Worker> {
  return Worker.create({
    connection,
    namespace: temporal.namespace,
    taskQueue: queue,
    identity,
    ...(bundle === undefined ? {} : { workflowBundle: bundle }),
    dataConverter: { failureConverterPath },
    activities: { ...createActivities(work) },
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
