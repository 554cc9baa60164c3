import { setTimeout as sleep } from 'node:timers/promises';
import { BridgeError } from '../../../contract/errors.ts';
import { EXIT, type ExitCode, type Terminal } from '../command.ts';
import { NoWorker } from './ask-worker.ts';
import type { FleetRun } from './fleet-run.ts';
import { endLines, isClean, progressLine } from './progress-line.ts';
import type { Snapshot } from './snapshot.ts';

/** How often a run is looked at (ms): a bar moves, a log does not fill up. */
const LOOK_MS = { live: 1_000, plain: 5_000 } as const;

/** A worker is restarted, or Temporal is away for a while: how long that is passed over (ms). */
const LONGEST_GAP_MS = 10 * 60_000;

/** How long to pause between two looks, and how long nobody may answer, in milliseconds. */
interface Pace {
  readonly lookMs?: number;
  readonly longestGapMs?: number;
}

/**
 * Shows a run until it has ended, was paused, or nobody wants to watch any more, which does not end the run.
 *
 * @returns `ok` when it has ended and nobody was left who should have been rotated
 * @throws NoWorker, BridgeError `TemporalUnavailable` after that gap; `ConfigurationInvalid` at once
 */
export async function watch(
  run: Pick<FleetRun, 'progress' | 'last'>,
  terminal: Terminal,
  pace: Pace = {},
): Promise<ExitCode> {
  const { lookMs = terminal.rewrite === undefined ? LOOK_MS.plain : LOOK_MS.live } = pace;
  const stop = terminal.stopSignal();
  const gap = new Gap(terminal, pace.longestGapMs ?? LONGEST_GAP_MS);
  let last = '';
  while (!stop.aborted) {
    const snapshot = await gap.over(() => run.progress());
    if (snapshot === undefined) return tellEnd(run, terminal);
    if (snapshot !== 'silent') {
      last = show(snapshot, last, terminal);
      if (snapshot.state === 'paused') return tellPause(last, terminal);
    }
    await sleep(lookMs, undefined, { signal: stop }).catch(() => undefined);
  }
  terminal.rewrite?.('');
  terminal.note('The run goes on; `fleet status --watch` shows it again.');
  return EXIT.ok;
}

/** A gap in which nobody answers. It is reported once. */
class Gap {
  readonly #terminal: Terminal;
  readonly #longestMs: number;
  #since: number | undefined;

  constructor(terminal: Terminal, longestMs: number) {
    this.#terminal = terminal;
    this.#longestMs = longestMs;
  }

  async over<Answer>(ask: () => Promise<Answer>): Promise<Answer | 'silent'> {
    try {
      const answer = await ask();
      this.#since = undefined;
      return answer;
    } catch (error) {
      if (!isSilence(error)) throw error;
      if (this.#since === undefined) this.#tell(error);
      this.#since ??= performance.now();
      if (performance.now() - this.#since >= this.#longestMs) throw error;
      return 'silent';
    }
  }

  #tell({ message }: Error): void {
    this.#terminal.rewrite?.('');
    this.#terminal.note(`${message.replace(/\.$/, '')}. Still watching.`);
  }
}

const isSilence = (error: unknown): error is NoWorker | BridgeError =>
  error instanceof NoWorker || (error instanceof BridgeError && error.code === 'TemporalUnavailable');

/** @returns what is shown now */
function show(snapshot: Snapshot, before: string, { rewrite, out }: Terminal): string {
  const line = progressLine(snapshot);
  if (rewrite !== undefined) rewrite(line);
  else if (line !== before) out(line);
  return line;
}

function tellPause(line: string, { out, rewrite }: Terminal): ExitCode {
  rewrite?.('');
  if (rewrite !== undefined) out(line);
  return EXIT.failed;
}

async function tellEnd(run: Pick<FleetRun, 'last'>, { out, note, rewrite }: Terminal): Promise<ExitCode> {
  rewrite?.('');
  const last = await run.last();
  if (last?.verdict === undefined) {
    note(['The run has ended.', ...(last === undefined ? [] : endLines(last))].join(' '));
    return EXIT.failed;
  }
  for (const line of endLines(last)) out(line);
  return isClean(last.verdict) ? EXIT.ok : EXIT.failed;
}
