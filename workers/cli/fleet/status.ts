import { EXIT, readArguments, type ExitCode, type Terminal } from '../command.ts';
import { openClient, readSettings } from '../settings.ts';
import { fleetRun } from './fleet-run.ts';
import { endLines, NONE_OPEN, progressLine } from './progress-line.ts';
import { watch } from './watch.ts';

/** `fleet status` */
export async function status(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const { values } = readArguments(args, [], { watch: { type: 'boolean', default: false } });
  const { LIBRECHAT_TASK_QUEUE: taskQueue } = readSettings(terminal, ['LIBRECHAT_TASK_QUEUE']);
  await using temporal = await openClient(terminal);
  const run = fleetRun(temporal.client, taskQueue);
  if (values.watch) return await watch(run, terminal);
  const snapshot = await run.progress();
  if (snapshot !== undefined) {
    terminal.out(progressLine(snapshot));
    return snapshot.state === 'paused' ? EXIT.failed : EXIT.ok;
  }
  const last = await run.last();
  terminal.out(
    last === undefined ? NONE_OPEN : `${NONE_OPEN} The last one ended at ${last.endedAt.toISOString()}.`,
  );
  if (last === undefined) return EXIT.ok;
  for (const line of endLines(last)) terminal.out(line);
  return last.verdict === undefined ? EXIT.failed : EXIT.ok;
}
