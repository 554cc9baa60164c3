import type { Client } from '@temporalio/client';
import { scheduleIdPrefix } from '../../contract/ids.ts';
import { applyPlan, readSchedules } from '../schedules/apply.ts';
import { plan, type Step } from '../schedules/plan.ts';
import { schedulesOf } from '../schedules/table.ts';
import type { Terms } from '../schedules/terms.ts';
import { audited, openAuditTrail } from './audit-trail.ts';
import { AUDIT_HELP, AUDIT_OPTIONS, readAuthor } from './author.ts';
import { EXIT, readArguments, UsageError, type Command, type ExitCode, type Terminal } from './command.ts';
import { openClient, readSettings } from './settings.ts';

/** `schedules` */
export const schedules: Command = {
  summary: 'Show the schedules, or make them what they should be',
  help: `Usage: schedules [list]
       schedules apply --why TEXT [--by NAME] [--audit-file FILE]
       schedules apply --dry-run

list shows what Temporal has, and when each fires next. apply makes Temporal's schedules those that this version and its
variables describe. It touches no schedule but those whose id begins with the task queue and /schedule/, and deletes such
that are not used any more. A schedule that was paused stays paused. The worker does the same at its start, unless it is
told SCHEDULES=off.

  --dry-run           Only tell what would be changed, from what to what.
${AUDIT_HELP}

Needs TEMPORAL_* (and LIBRECHAT_TASK_QUEUE and ROTATION_PERIOD_DAYS, if the worker has them).`,

  async run(args, terminal) {
    const [verb = 'list', ...rest] = args[0]?.startsWith('-') === true ? ['list', ...args] : args;
    switch (verb) {
      case 'list':
        return list(rest, terminal);
      case 'apply':
        return apply(rest, terminal);
      default:
        throw new UsageError('Use list or apply');
    }
  },
};

async function list(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  readArguments(args, [], {});
  const options = readOptions(terminal);
  await using temporal = await openClient(terminal);
  return await tellPresent(temporal.client, options, terminal);
}

async function apply(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, [], {
    'dry-run': { type: 'boolean', default: false },
    ...AUDIT_OPTIONS,
  });
  const author = values['dry-run'] ? undefined : readAuthor(terminal, values);
  const options = readOptions(terminal);
  // Opened first, so that nothing is done that cannot be recorded.
  await using trail =
    author === undefined ? null : await openAuditTrail(terminal, author, values['audit-file']);
  await using temporal = await openClient(terminal);
  const { wanted, steps } = await planOf(temporal.client, options);
  if (trail !== null) {
    const action = { action: 'schedules apply', ...countsOf(steps) };
    const work = (): Promise<void> => applyPlan(temporal.client, wanted, steps);
    await audited(trail, action, work, () => ({ result: 'done' }));
  }
  tell(steps, terminal);
  return EXIT.ok;
}

type Options = Parameters<typeof schedulesOf>[0];

function readOptions(terminal: Terminal): Options {
  const names = ['LIBRECHAT_TASK_QUEUE', 'ROTATION_PERIOD_DAYS'] as const;
  const { LIBRECHAT_TASK_QUEUE, ROTATION_PERIOD_DAYS } = readSettings(terminal, names);
  return { taskQueue: LIBRECHAT_TASK_QUEUE, rotationPeriodDays: ROTATION_PERIOD_DAYS };
}

async function planOf(client: Client, options: Options) {
  const wanted = schedulesOf(options);
  const prefix = scheduleIdPrefix(options.taskQueue);
  return { wanted, steps: plan(wanted, await readSchedules(client, wanted, prefix), prefix) };
}

function countsOf(steps: readonly Step[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { kind } of steps) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function tell(steps: readonly Step[], { out }: Terminal): void {
  for (const step of steps) {
    if (step.kind === 'update')
      for (const { term, from, to } of step.changes) out(`update ${step.id}: ${term} ${from} → ${to}`);
    else if (step.kind === 'create') out(`create ${step.id}: ${textOf(step.terms)}`);
    else out(`${step.kind} ${step.id}`);
  }
}

async function tellPresent(client: Client, options: Options, { out }: Terminal): Promise<ExitCode> {
  const wanted = schedulesOf(options);
  const present = await readSchedules(client, wanted, scheduleIdPrefix(options.taskQueue));
  for (const { id, terms, description } of present) {
    const { paused, note } = description.state;
    const next = description.info.nextActionTimes[0]?.toISOString() ?? 'never';
    out(`${id}: ${textOf(terms)}; ${paused ? `paused${note ? ` (${note})` : ''}` : `next ${next}`}`);
  }
  const missing = wanted.filter(({ id }) => !present.some((schedule) => schedule.id === id));
  for (const { id } of missing) out(`${id}: missing. schedules apply makes it.`);
  return missing.length === 0 ? EXIT.ok : EXIT.failed;
}

const textOf = (terms: Terms): string =>
  Object.entries(terms)
    .map(([term, value]) => `${term} ${value}`)
    .join(', ');
