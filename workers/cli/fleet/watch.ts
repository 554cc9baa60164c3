import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../../../contract/errors.ts';
import { EXIT, type ExitCode, type Terminal } from '../command.ts';
import type { FleetRun } from './fleet-run.ts';
import { isClean, progressLine, verdictLines } from './progress-line.ts';

/** How often a run is looked at (ms): a bar moves, a log does not fill up. */
const LOOK_MS = { live: 1_000, plain: 5_000 } as const;

/** A run that was started a moment ago has no worker yet, or Temporal is away for a moment: so often is that passed over. */
const MAX_SILENT_LOOKS = 20;

/**
 * Shows a run until it has ended, was paused, or nobody wants to watch any more, which does not end the run.
 *
 * @returns `ok` when it has ended and nobody was left who should have been rotated
 */
export async function watch(run: FleetRun, terminal: Terminal): Promise<ExitCode> {
  const stop = terminal.stopSignal();
  let last = '';
  let silent = 0;
  while (!stop.aborted) {
    const snapshot = await run.progress().catch((error: unknown) => {
      silent += 1;
      if (silent > MAX_SILENT_LOOKS || isRefusal(error)) throw error;
      return 'silent' as const;
    });
    if (snapshot === undefined) return tellEnd(run, terminal);
    if (snapshot !== 'silent') {
      silent = 0;
      const line = progressLine(snapshot);
      if (terminal.rewrite !== undefined) terminal.rewrite(line);
      else if (line !== last) terminal.out(line);
      last = line;
      if (snapshot.state === 'paused') {
        terminal.rewrite?.('');
        if (terminal.rewrite !== undefined) terminal.out(line);
        return EXIT.failed;
      }
    }
    const pause = terminal.rewrite === undefined ? LOOK_MS.plain : LOOK_MS.live;
    await sleep(pause, undefined, { signal: stop }).catch(() => undefined);
  }
  terminal.rewrite?.('');
  terminal.note('The run goes on; `fleet status --watch` shows it again.');
  return EXIT.ok;
}

async function tellEnd(run: FleetRun, { out, note, rewrite }: Terminal): Promise<ExitCode> {
  rewrite?.('');
  const verdict = await run.verdict();
  if (verdict === undefined) {
    note('The run has ended without a verdict. Whoever is still due is found by the next one.');
    return EXIT.failed;
  }
  for (const line of verdictLines(verdict)) out(line);
  return isClean(verdict) ? EXIT.ok : EXIT.failed;
}

const isRefusal = (error: unknown): boolean =>
  error instanceof BridgeError && error.code === 'ConfigurationInvalid';
