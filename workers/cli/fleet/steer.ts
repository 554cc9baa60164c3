import { audited, openAuditTrail } from '../audit-trail.ts';
import { AUDIT_OPTIONS, readAuthor } from '../author.ts';
import { EXIT, readArguments, type ExitCode, type Terminal } from '../command.ts';
import { openClient, readSettings } from '../settings.ts';
import { fleetRun } from './fleet-run.ts';
import { NONE_OPEN } from './progress-line.ts';

/** `fleet pause|resume|abort` */
export async function steer(
  verb: 'pause' | 'resume' | 'abort',
  args: readonly string[],
  terminal: Terminal,
): Promise<ExitCode> {
  const { values } = readArguments(args, [], AUDIT_OPTIONS);
  const author = readAuthor(terminal, values);
  const { LIBRECHAT_TASK_QUEUE: taskQueue } = readSettings(terminal, ['LIBRECHAT_TASK_QUEUE']);
  await using temporal = await openClient(terminal);
  await using trail = await openAuditTrail(terminal, author, values['audit-file']);
  const run = fleetRun(temporal.client, taskQueue);
  const sent = await audited(
    trail,
    { action: `fleet ${verb}` },
    () => run.signal(verb, ...(verb === 'pause' ? [author.why] : [])),
    (isOpen) => ({ result: isOpen ? 'sent' : 'none open' }),
  );
  terminal.out(sent ? `Sent: ${verb}.` : NONE_OPEN);
  return sent ? EXIT.ok : EXIT.failed;
}
