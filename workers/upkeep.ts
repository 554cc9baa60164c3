import { setTimeout as sleep } from 'node:timers/promises';
import type { NativeConnection } from '@temporalio/worker';
import { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { scheduleIdPrefix } from '../contract/ids.ts';
import type { Configuration } from './configuration/configuration.ts';
import { repeat } from './repeat.ts';
import { applyPlan, createMissing, readSchedules } from './schedules/apply.ts';
import { plan } from './schedules/plan.ts';
import { schedulesOf } from './schedules/table.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

/** How often Temporal is looked at (ms): what it has forgotten is back before the next sweep would have been due. */
const EVERY_MS = 20_000;
/** How long new search attributes are waited for (ms). */
const ATTRIBUTES_DEADLINE_MS = 20_000;
/** A look that is under way when the process ends is given up after this (ms). */
const LONGEST_END_MS = 1_000;

/**
 * Keeps Temporal as the worker needs it, for as long as the worker lives: a development server that was restarted, or a
 * backup that was restored, knows neither our search attributes nor our schedules, and without those nothing would ever
 * heal what it has forgotten besides. What goes wrong is logged once, and tried again.
 */
export function startUpkeep(
  configuration: Configuration,
  connection: NativeConnection,
  logger: Logger,
): AsyncDisposable {
  const { temporal, taskQueue, identity, schedules, rotationPeriodDays } = configuration;
  const client = new Client({ connection, namespace: temporal.namespace, identity });
  const wanted = schedules === 'off' ? [] : schedulesOf({ taskQueue, rotationPeriodDays });
  const prefix = scheduleIdPrefix(taskQueue);
  let applied = schedules === 'off';
  const look = async (): Promise<void> => {
    await connection.withDeadline(Date.now() + ATTRIBUTES_DEADLINE_MS, () =>
      ensureSearchAttributes(connection, temporal.namespace),
    );
    if (applied) {
      const made = await createMissing(client, wanted);
      if (made.length > 0)
        logger.warn({ schedules: made }, 'Temporal had lost schedules: they were made anew');
      return;
    }
    const steps = plan(wanted, await readSchedules(client, wanted, prefix), prefix);
    await applyPlan(client, wanted, steps);
    applied = true;
    logger.info({ schedules: steps.map(({ kind, id }) => `${kind} ${id}`) }, 'The schedules are in force');
  };
  const stop = new AbortController();
  const onTrouble = (error: unknown): void =>
    logger.warn({ error }, 'Search attributes and schedules cannot be looked after at the moment');
  const ended = repeat({ work: look, everyMs: EVERY_MS, stop: stop.signal, onTrouble });
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.race([ended, sleep(LONGEST_END_MS)]);
    },
  };
}
