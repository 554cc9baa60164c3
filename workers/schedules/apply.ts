import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { callTemporal } from '../../client/temporal/call.ts';
import type { PresentSchedule, Step } from './plan.ts';
import type { WantedSchedule } from './table.ts';
import { presentTerms, scheduleOptions } from './terms.ts';

/** Nobody waits for it, and a list of many schedules takes its time (ms). */
const DEADLINE_MS = 5_000;

/**
 * The wanted schedules that are there, and all others with our prefix.
 *
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function readSchedules(
  client: Client,
  wanted: readonly WantedSchedule[],
  prefix: string,
): Promise<readonly (PresentSchedule & { readonly description: ScheduleDescription })[]> {
  // A list is a moment late, so those that count are looked up by their ids as well.
  const ids = new Set(wanted.map(({ id }) => id));
  await callTemporal(client, DEADLINE_MS, async () => {
    for await (const { scheduleId } of client.schedule.list())
      if (scheduleId.startsWith(prefix)) ids.add(scheduleId);
  });
  const found = await Promise.all([...ids].map((id) => describe(client, id)));
  return found
    .filter((description) => description !== undefined)
    .map((description) => ({
      id: description.scheduleId,
      terms: presentTerms(description),
      description,
    }));
}

/**
 * Does what a plan says. Others may do the same at the same time.
 *
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function applyPlan(
  client: Client,
  wanted: readonly WantedSchedule[],
  steps: readonly Step[],
): Promise<void> {
  for (const { kind, id } of steps) {
    const schedule = wanted.find((one) => one.id === id);
    if (kind === 'delete') await orGone(() => remove(client, id));
    else if (kind === 'create' && schedule !== undefined) await create(client, schedule);
    else if (kind === 'update' && schedule !== undefined) await orGone(() => update(client, schedule));
  }
}

/**
 * Makes those that are missing, and leaves the others as they are: whoever runs beside a newer version must not take its
 * changes back.
 *
 * @returns the ids of those that were made
 * @throws BridgeError `TemporalUnavailable`, `ConfigurationInvalid`
 */
export async function createMissing(
  client: Client,
  wanted: readonly WantedSchedule[],
): Promise<readonly string[]> {
  const made: string[] = [];
  for (const schedule of wanted) {
    if ((await describe(client, schedule.id)) !== undefined) continue;
    await create(client, schedule);
    made.push(schedule.id);
  }
  return made;
}

async function describe(client: Client, id: string): Promise<ScheduleDescription | undefined> {
  try {
    return await callTemporal(client, DEADLINE_MS, () => client.schedule.getHandle(id).describe());
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}

async function create(client: Client, { id, settings, firesWhenMade }: WantedSchedule): Promise<void> {
  const schedule = {
    ...scheduleOptions(settings),
    scheduleId: id,
    state: { triggerImmediately: firesWhenMade },
  };
  try {
    await callTemporal(client, DEADLINE_MS, () => client.schedule.create(schedule));
  } catch (error) {
    // Another worker was quicker.
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
  }
}

/** Whether it is paused, and why, is the operator's business. */
const update = (client: Client, { id, settings }: WantedSchedule): Promise<void> =>
  callTemporal(client, DEADLINE_MS, () =>
    client.schedule.getHandle(id).update(({ state }) => ({ ...scheduleOptions(settings), state })),
  );

const remove = (client: Client, id: string): Promise<void> =>
  callTemporal(client, DEADLINE_MS, () => client.schedule.getHandle(id).delete());

/** Somebody else deletes it too, or has done so: whoever keeps the schedules makes it anew. */
async function orGone(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error;
  }
}
