import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** `temporal.api.enums.v1.EventType` of what Temporal Cloud bills. */
const BILLED = new Set([
  1, // workflow execution started
  10, // activity task scheduled
  17, // timer started
  25, // marker recorded: a local activity
  26, // workflow execution signalled
  30, // child workflow execution initiated
  40, // search attributes upserted
]);

/** The actions that Temporal Cloud bills for a run: retries of activities included, heartbeats not. */
export function billedActions({ events }: History): number {
  const billed = (events ?? []).filter(({ eventType }) => BILLED.has(Number(eventType)));
  const retries = (events ?? []).map(
    ({ activityTaskStartedEventAttributes }) => (activityTaskStartedEventAttributes?.attempt ?? 1) - 1,
  );
  return billed.length + retries.reduce((sum, count) => sum + count, 0);
}
