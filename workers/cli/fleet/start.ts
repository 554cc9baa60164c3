import { audited, openAuditTrail } from '../audit-trail.ts';
import { AUDIT_OPTIONS, readAuthor } from '../author.ts';
import { EXIT, readArguments, type ExitCode, type Terminal } from '../command.ts';
import { openClient, readSettings } from '../settings.ts';
import { fleetRun, type FleetRun } from './fleet-run.ts';
import { verdictLines } from './progress-line.ts';
import { readRequest, type GivenRequest } from './request.ts';
import { watch } from './watch.ts';

/** `fleet start` */
export async function start(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, [], {
    mode: { type: 'string', default: 'due' },
    'period-days': { type: 'string' },
    from: { type: 'string' },
    replace: { type: 'boolean', default: false },
    'dry-run': { type: 'boolean', default: false },
    'no-watch': { type: 'boolean', default: false },
    ...AUDIT_OPTIONS,
  });
  const author = values['dry-run'] ? undefined : readAuthor(terminal, values);
  const names = ['LIBRECHAT_TASK_QUEUE', 'ROTATION_PERIOD_DAYS'] as const;
  const { LIBRECHAT_TASK_QUEUE: taskQueue, ROTATION_PERIOD_DAYS: days } = readSettings(terminal, names);
  const given = await readRequest(values, days);
  await using temporal = await openClient(terminal);
  const run = fleetRun(temporal.client, taskQueue);
  if (author === undefined) return await count(run, given, terminal);
  await using trail = await openAuditTrail(terminal, author, values['audit-file']);
  const { mode, periodDays, djangoUserIds } = given.request;
  const result = await audited(
    trail,
    {
      action: 'fleet start',
      mode,
      periodDays,
      file: given.digest,
      users: djangoUserIds?.length,
      replace: values.replace,
    },
    () => startOrReplace(run, given, values.replace),
    (outcome) => ({ result: outcome }),
  );
  if (result === 'busy') {
    terminal.note('A fleet run is open already: `fleet status`, or `--replace`.');
    return EXIT.failed;
  }
  terminal.out(result === 'replaced' ? 'The open run gives way to this one.' : 'Started.');
  return values['no-watch'] ? EXIT.ok : await watch(run, terminal);
}

async function count(run: FleetRun, { request }: GivenRequest, terminal: Terminal): Promise<ExitCode> {
  for (const line of verdictLines(await run.count(request))) terminal.out(line);
  return EXIT.ok;
}

async function startOrReplace(
  run: FleetRun,
  { request }: GivenRequest,
  replace: boolean,
): Promise<'started' | 'replaced' | 'busy'> {
  const started = await run.start(request);
  if (started === 'started' || !replace) return started;
  // It may have ended just now.
  return (await run.signal('replace', request)) ? 'replaced' : run.start(request);
}
