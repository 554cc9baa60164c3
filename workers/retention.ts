import type { NativeConnection } from '@temporalio/worker';
import type { Logger } from 'pino';
import { LOOK_BACK_MS } from '../activities/fleet/failed-before.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** What is recommended: a little more than the fleet looks back. */
const ENOUGH_DAYS = 10;
/** The start of the worker does not wait longer for what is only advice (ms). */
const DEADLINE_MS = 5_000;

/**
 * Warns where Temporal forgets closed runs before the fleet looks for them. It keeps nothing from working, so the worker
 * starts all the same, also where it may not describe the namespace.
 */
export async function warnOfShortRetention(
  connection: NativeConnection,
  namespace: string,
  logger: Logger,
): Promise<void> {
  const kept = await retentionMs(connection, namespace).catch((error: unknown) => {
    logger.info({ error }, 'Temporal does not say how long it keeps closed runs');
  });
  if (kept === undefined || kept >= LOOK_BACK_MS) return;
  logger.warn(
    `Temporal keeps closed runs of the namespace ${namespace} for ${kept / HOUR_MS} hours only. The fleet looks back ` +
      `${LOOK_BACK_MS / DAY_MS} days for users whose rotations failed before: those who can never be rotated may pause it ` +
      `again and again. Self-hosted: temporal operator namespace update --namespace ${namespace} --retention ` +
      `${ENOUGH_DAYS}d. Temporal Cloud: tcld namespace retention set --namespace ${namespace} --retention-days ${ENOUGH_DAYS}`,
  );
}

/** Undefined where the namespace has none. */
async function retentionMs(connection: NativeConnection, namespace: string): Promise<number | undefined> {
  const { config } = await connection.withDeadline(Date.now() + DEADLINE_MS, () =>
    connection.workflowService.describeNamespace({ namespace }),
  );
  const seconds = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  return seconds === 0 ? undefined : seconds * 1_000;
}
