import { fleetTaskQueue, reconcileWorkflowId, scheduleIdPrefix } from '../../contract/ids.ts';
import { WORKFLOW_TASK_TIMEOUT_MS } from '../../contract/numbers.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** All that we say about a schedule. */
export interface ScheduleSettings {
  readonly everyMs: number;
  /** How long after the multiples of the interval (UTC). */
  readonly offsetMs: number;
  /** Each firing is late by up to this. */
  readonly jitterMs: number;
  /** After an outage a missed firing is made up for if it is not older than this. Temporal's default is a year. */
  readonly catchupMs: number;
  readonly workflowType: string;
  /** Temporal appends the time of the firing. */
  readonly workflowId: string;
  readonly taskQueue: string;
  readonly args: readonly unknown[];
  readonly taskTimeoutMs: number;
}

/** A schedule as it should be. None starts a run while its last one is open. */
export interface WantedSchedule {
  readonly id: string;
  readonly settings: ScheduleSettings;
  /** Whether it also fires when it is made: Temporal may have forgotten all that was open. */
  readonly firesWhenMade: boolean;
}

/** What the schedules depend on. */
export interface ScheduleOptions {
  readonly taskQueue: string;
  /** A password that is older is due. */
  readonly rotationPeriodDays: number;
  /** Default: 30 s, so that a lost sign-up is provisioned within a minute. */
  readonly sweepEveryMs?: number;
}

/** All schedules there are: two, never one for each user. */
export function schedulesOf({
  taskQueue,
  rotationPeriodDays,
  sweepEveryMs = 30 * SECOND_MS,
}: ScheduleOptions): readonly WantedSchedule[] {
  const prefix = scheduleIdPrefix(taskQueue);
  return [
    {
      id: `${prefix}reconcile`,
      firesWhenMade: true,
      settings: {
        everyMs: sweepEveryMs,
        offsetMs: 0,
        jitterMs: 0,
        catchupMs: 10 * MINUTE_MS,
        workflowType: 'reconcileAccounts',
        workflowId: reconcileWorkflowId(taskQueue),
        taskQueue,
        args: [{}],
        taskTimeoutMs: WORKFLOW_TASK_TIMEOUT_MS,
      },
    },
    {
      id: `${prefix}rotate-fleet`,
      firesWhenMade: false,
      settings: {
        everyMs: DAY_MS,
        // At night in Europe, before the day begins in America's east.
        offsetMs: 2 * HOUR_MS,
        jitterMs: 30 * MINUTE_MS,
        catchupMs: HOUR_MS,
        workflowType: 'startFleet',
        workflowId: `${taskQueue}/rotate-fleet`,
        taskQueue: fleetTaskQueue(taskQueue),
        args: [{ mode: 'due', periodDays: rotationPeriodDays }],
        taskTimeoutMs: WORKFLOW_TASK_TIMEOUT_MS,
      },
    },
  ];
}
