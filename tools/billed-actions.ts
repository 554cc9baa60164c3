import type { WorkflowHandle } from '@temporalio/client';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

/** What Temporal Cloud bills of a history, by the name of the event's attributes. */
const BILLED = [
  'workflowExecutionStartedEventAttributes',
  'activityTaskScheduledEventAttributes',
  'timerStartedEventAttributes',
  'workflowExecutionSignaledEventAttributes',
  'upsertWorkflowSearchAttributesEventAttributes',
  // A local activity.
  'markerRecordedEventAttributes',
  'startChildWorkflowExecutionInitiatedEventAttributes',
] as const;

/** An action that Temporal Cloud bills; retries of activities come on top. */
export type BilledAction = (typeof BILLED)[number] | 'retry';

/** The actions of a run, in their order: retries of activities included, heartbeats not, since no history shows them. */
export function billedActions({ events }: History): readonly BilledAction[] {
  return (events ?? []).flatMap((event) => {
    const retries = (event.activityTaskStartedEventAttributes?.attempt ?? 1) - 1;
    return [
      ...BILLED.filter((attributes) => event[attributes] != null),
      ...Array<'retry'>(retries).fill('retry'),
    ];
  });
}
