import { describePause, describeSeconds } from '../../../contract/describe.ts';
import type { FleetMode, FleetVerdict, LeftOut, Tally } from '../../../contract/fleet.ts';
import { codesOf, ended, failures } from '../../../contract/tally.ts';
import type { EndedRun } from './fleet-run.ts';
import type { Snapshot } from './snapshot.ts';

/** What there is to say where there is nothing to steer. */
export const NONE_OPEN = 'No fleet run is open.';

const BAR_WIDTH = 24;

/** One line about a run: `[######····] 120 of 480 · 3 failed · 1 busy · 210 per minute · about 2 min left`. */
export function progressLine(run: Snapshot): string {
  const { due, tally, busy } = run;
  if (run.shards === 0 && run.state === 'running') return 'Counting who is due';
  const parts = [
    `${bar(ended(tally), due)} ${ended(tally)} of ${due}`,
    ...(failures(tally) > 0 ? [`${failures(tally)} failed (${codes(tally)})`] : []),
    ...(tally.lost > 0 ? [`${tally.lost} without a verdict`] : []),
    ...(busy > 0 ? [`${busy} busy`] : []),
    stateOf(run),
  ];
  return parts.join(' · ');
}

function stateOf({ state, paused, perMinute, etaSeconds }: Snapshot): string {
  if (state === 'aborting') return 'aborting: up to a minute for what is open';
  if (paused !== undefined) return `paused ${describePause(paused)}`;
  const left = etaSeconds === undefined ? '' : `, about ${describeSeconds(etaSeconds)} left`;
  return `${perMinute.toFixed(0)} per minute${left}`;
}

/** How a run ended, as lines. */
export function endLines({ status, verdict }: Pick<EndedRun, 'status' | 'verdict'>): readonly string[] {
  return verdict === undefined
    ? [`It has no verdict (${status}). Whoever is still due is found by the next one.`]
    : verdictLines(verdict);
}

/** A verdict, as lines. */
export function verdictLines(verdict: FleetVerdict): readonly string[] {
  const { outcome, due, tally, unreadable, busy, busyCount } = verdict;
  const noToken = `Columns that hold no token: ${unreadable}`;
  if (outcome === 'counted') return [`Passwords that are due: ${due}`, noToken, ...leftOutLine(verdict)];
  return [
    `The run ${outcome === 'aborted' ? 'was aborted' : 'has finished'}: ${tally.rotated} of ${due} rotated, ${tally.passedOver} passed over, ${failures(tally)} failed.`,
    ...codesOf(tally.failed).map(([code, count]) => `  ${code}: ${count}`),
    ...(tally.lost > 0 ? [`Ended without a verdict: ${tally.lost}`] : []),
    ...(tally.unverified > 0
      ? [`Rotated, but not verified; the sweep looks again: ${tally.unverified}`]
      : []),
    ...(tally.drift > 0
      ? [`Rows with an old password again; in doubt, for the sweep to repair: ${tally.drift}`]
      : []),
    ...(busyCount > 0
      ? [
          `Busy to the end${named({ count: busyCount, named: busy })}`,
          '  Rotations that are still open go on by themselves until row and LibreChat agree.',
        ]
      : []),
    ...leftOutLine(verdict),
    ...(unreadable > 0 ? [noToken] : []),
  ];
}

const LEFT_OUT: Readonly<Record<FleetMode, string>> = {
  due: '',
  incident: 'Left out, dated ahead by a clock that is wrong',
  list: 'Left out: not linked, not active, without a token, or dated after the beginning',
};

const leftOutLine = ({ mode, leftOut }: FleetVerdict): readonly string[] =>
  leftOut.count > 0 ? [`${LEFT_OUT[mode]}${named(leftOut)}`] : [];

const named = ({ count, named: some }: LeftOut): string =>
  ` (${count}): ${some.join(', ')}${count > some.length ? ', …' : ''}`;

/** Whether everybody whom the run is about was rotated, or had been. Users without a token are not part of a scheduled run. */
export const isClean = ({ outcome, mode, tally, busyCount, leftOut, unreadable }: FleetVerdict): boolean =>
  outcome === 'finished' &&
  failures(tally) + tally.lost + busyCount + leftOut.count + (mode === 'incident' ? unreadable : 0) === 0;

const codes = ({ failed }: Tally): string =>
  codesOf(failed)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');

function bar(done: number, due: number): string {
  const filled = due === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / due));
  return `[${'#'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`;
}
