import { AUDIT_HELP } from './author.ts';
import { UsageError, type Command, type ExitCode, type Terminal } from './command.ts';
import { start } from './fleet/start.ts';
import { status } from './fleet/status.ts';
import { steer } from './fleet/steer.ts';

/** Each reads its own options, and refuses those of the others. */
const VERBS: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => Promise<ExitCode>>> = {
  start,
  status,
  pause: (args, terminal) => steer('pause', args, terminal),
  resume: (args, terminal) => steer('resume', args, terminal),
  abort: (args, terminal) => steer('abort', args, terminal),
};

/** `fleet start|status|pause|resume|abort` */
export const fleet: Command = {
  summary: 'Rotate the passwords of all users who are due, and steer that',
  help: `Usage: fleet start [--mode MODE] [--period-days DAYS] [--from FILE] --why TEXT [--replace] [--no-watch]
       fleet start [--mode MODE] [--period-days DAYS] [--from FILE] --dry-run
       fleet status [--watch]
       fleet pause | resume | abort --why TEXT
       each that changes something: [--by NAME] [--audit-file FILE]

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

pause starts nothing more, what is open goes on; resume goes on from there. abort starts nothing more, waits for up to a
minute for what is open, and ends; rotations that are open even then, since LibreChat is away, go on by themselves until
row and LibreChat agree. A run that pauses by itself says why: it goes on with resume.

Needs TEMPORAL_* (and LIBRECHAT_TASK_QUEUE, if the worker has it). start and --watch exit with 0 when the run has ended and
nobody is left who should have been rotated (with --no-watch: when it was started; after SIGINT: always), else with 1.
status exits with 1 when the run is paused, when the last one ended without a verdict, and when no worker answers, else
with 0.`,

  async run([verb = '', ...args], terminal) {
    const run = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
    if (run === undefined) throw new UsageError('Use fleet start, status, pause, resume or abort');
    return run(args, terminal);
  },
};
