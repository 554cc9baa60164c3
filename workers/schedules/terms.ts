import type { ScheduleDescription, ScheduleOptions } from '@temporalio/client';
import type { ScheduleSettings } from './table.ts';

/** What a schedule says, term by term, in words that can be compared and shown. */
export type Terms = Readonly<Record<string, string>>;

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** In the largest unit that goes into it: `30 s`, `10 min`. */
export function timeText(ms: number): string {
  const [unit, length] = UNITS.find(([, length]) => ms >= length && ms % length === 0) ?? ['ms', 1];
  return `${ms / length} ${unit}`;
}

/** The terms of a schedule as it should be. */
export function wantedTerms(settings: ScheduleSettings): Terms {
  return {
    every: timeText(settings.everyMs),
    offset: timeText(settings.offsetMs),
    jitter: timeText(settings.jitterMs),
    'catch-up': timeText(settings.catchupMs),
    overlap: 'SKIP',
    'pause on failure': 'no',
    workflow: settings.workflowType,
    'workflow id': settings.workflowId,
    queue: settings.taskQueue,
    arguments: JSON.stringify(settings.args),
    'task time-out': timeText(settings.taskTimeoutMs),
  };
}

/** The terms of a schedule as Temporal has it. Whatever we never set counts as another interval. */
export function presentTerms({ spec, policies, action }: ScheduleDescription): Terms {
  const [interval, ...others] = spec.intervals ?? [];
  const isOurs =
    interval !== undefined &&
    others.length === 0 &&
    (spec.calendars ?? []).length === 0 &&
    (spec.skip ?? []).length === 0 &&
    spec.startAt === undefined &&
    spec.endAt === undefined;
  return {
    every: isOurs ? timeText(interval.every) : 'otherwise',
    offset: timeText(isOurs ? interval.offset : 0),
    jitter: timeText(spec.jitter ?? 0),
    'catch-up': timeText(policies.catchupWindow),
    overlap: policies.overlap ?? 'none',
    'pause on failure': policies.pauseOnFailure ? 'yes' : 'no',
    workflow: action.workflowType,
    'workflow id': action.workflowId ?? '',
    queue: action.taskQueue,
    arguments: JSON.stringify(action.args ?? []),
    'task time-out': timeText(Number(action.workflowTaskTimeout ?? 0)),
  };
}

/** The form that Temporal's client takes, for a new schedule and for one that is changed. */
export function scheduleOptions(
  settings: ScheduleSettings,
): Pick<ScheduleOptions, 'spec' | 'policies' | 'action'> {
  return {
    spec: {
      intervals: [{ every: settings.everyMs, offset: settings.offsetMs }],
      jitter: settings.jitterMs,
    },
    policies: { overlap: 'SKIP', catchupWindow: settings.catchupMs, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: settings.workflowType,
      workflowId: settings.workflowId,
      taskQueue: settings.taskQueue,
      args: [...settings.args],
      workflowTaskTimeout: settings.taskTimeoutMs,
    },
  };
}
