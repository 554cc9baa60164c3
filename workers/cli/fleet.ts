import type { FleetRequest } from '../../contract/fleet.ts';
import {
  AUDIT_HELP,
  AUDIT_OPTIONS,
  audited,
  openAuditTrail,
  readWhy,
  type AuditTrail,
} from './audit-trail.ts';
import { EXIT, readArguments, UsageError, type Command, type ExitCode, type Terminal } from './command.ts';
import { fleetRun, type FleetRun } from './fleet/fleet-run.ts';
import { progressLine, verdictLines } from './fleet/progress-line.ts';
import { readRequest } from './fleet/request.ts';
import { watch } from './fleet/watch.ts';
import { openClient, readSettings } from './settings.ts';

const NONE_OPEN = 'No fleet run is open.';

/** `fleet start|status|pause|resume|abort` */
export const fleet: Command = {
  summary: 'Rotate the passwords of all users who are due, and steer that',
  help: `Usage: fleet start [--mode MODE] [--period-days DAYS] [--from FILE] [--replace] [--no-watch] [--dry-run]
       fleet status [--watch]
       fleet pause | resume | abort
       each that changes something: [--why TEXT] [--audit-file FILE]

Rotates the passwords of all linked, active users that are due, as the daily schedule does. There is at most one run.

  --mode MODE         due (default): older than the period. incident: all that were minted before now, since they may be
                      known to somebody. list: those of the users in --from, whatever their age.
  --period-days DAYS  With due: how old a password may become; default ROTATION_PERIOD_DAYS, else 30. Users are spread by
                      10 % by their id.
  --from FILE         With list: one user id per line, at most 10,000.
  --replace           Where a run is open, let it finish what it has begun, and go on with this one.
  --dry-run           Only count.
  --no-watch          Do not wait for the end. Without it, the first SIGINT ends the watching, not the run.
${AUDIT_HELP}

pause starts nothing more, what is open goes on; resume goes on from there; abort finishes what is open and ends. A run that
pauses by itself says why: it goes on with resume.

Needs TEMPORAL_* (and LIBRECHAT_TASK_QUEUE, if the worker has it). Exits with 0 when the run has ended and nobody failed (with
--no-watch: when it was started; after SIGINT: always), else with 1.`,

  async run(args, terminal) {
    const { values, given } = readArguments(args, ['start|status|pause|resume|abort'], {
      mode: { type: 'string', default: 'due' },
      'period-days': { type: 'string' },
      from: { type: 'string' },
      replace: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      'no-watch': { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      ...AUDIT_OPTIONS,
    });
    const [action = ''] = given;
    if (!['start', 'status', 'pause', 'resume', 'abort'].includes(action))
      throw new UsageError('Use fleet start, status, pause, resume or abort');
    const why = readWhy(values.why);
    const names = ['LIBRECHAT_TASK_QUEUE', 'ROTATION_PERIOD_DAYS'] as const;
    const { LIBRECHAT_TASK_QUEUE: taskQueue, ROTATION_PERIOD_DAYS: days } = readSettings(terminal, names);
    const request = action === 'start' ? await readRequest(values, days) : undefined;
    await using temporal = await openClient(terminal);
    const run = fleetRun(temporal.client, taskQueue);
    if (action === 'status') return await status(run, terminal, values.watch);
    if (request !== undefined && values['dry-run']) return await count(run, request, terminal);
    await using trail = await openAuditTrail(terminal, values['audit-file']);
    if (request === undefined) return await steer(run, action as 'pause', why, { trail, terminal });
    const begun = await start(run, request, { why, replace: values.replace, trail, terminal });
    if (!begun) return EXIT.failed;
    return values['no-watch'] ? EXIT.ok : await watch(run, terminal);
  },
};

async function status(run: FleetRun, terminal: Terminal, watching: boolean): Promise<ExitCode> {
  if (watching) return watch(run, terminal);
  const snapshot = await run.progress();
  if (snapshot !== undefined) terminal.out(progressLine(snapshot));
  else {
    terminal.out(NONE_OPEN);
    const last = await run.verdict();
    if (last !== undefined) for (const line of verdictLines(last)) terminal.out(line);
  }
  return EXIT.ok;
}

async function count(run: FleetRun, request: FleetRequest, terminal: Terminal): Promise<ExitCode> {
  for (const line of verdictLines(await run.count(request))) terminal.out(line);
  return EXIT.ok;
}

interface Begin {
  readonly why: string | undefined;
  readonly replace: boolean;
  readonly trail: AuditTrail;
  readonly terminal: Terminal;
}

async function start(
  run: FleetRun,
  request: FleetRequest,
  { why, replace, trail, terminal }: Begin,
): Promise<boolean> {
  const { mode, periodDays, djangoUserIds } = request;
  const action = { action: 'fleet start', mode, periodDays, users: djangoUserIds?.length, replace, why };
  const result = await audited(
    trail,
    action,
    async () => {
      const started = await run.start(request);
      if (started === 'started' || !replace) return started;
      // It may have ended just now.
      return (await run.signal('replace', request)) ? 'replaced' : run.start(request);
    },
    (outcome) => ({ result: outcome }),
  );
  if (result === 'busy') terminal.note('A fleet run is open already: `fleet status`, or `--replace`.');
  else terminal.out(result === 'replaced' ? 'The open run gives way to this one.' : 'Started.');
  return result !== 'busy';
}

async function steer(
  run: FleetRun,
  action: 'pause' | 'resume' | 'abort',
  why: string | undefined,
  { trail, terminal }: Pick<Begin, 'trail' | 'terminal'>,
): Promise<ExitCode> {
  const done = await audited(
    trail,
    { action: `fleet ${action}`, why },
    () => run.signal(action, ...(action === 'pause' && why !== undefined ? [why] : [])),
    (sent) => ({ result: sent ? 'sent' : 'none open' }),
  );
  terminal.out(done ? `Sent: ${action}.` : NONE_OPEN);
  return done ? EXIT.ok : EXIT.failed;
}
