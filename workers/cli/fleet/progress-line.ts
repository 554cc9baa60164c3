import { describePause, type FleetVerdict, type Tally } from '../../../contract/fleet.ts';
import { codesOf, ended, failures } from '../../../contract/tally.ts';
import type { Snapshot } from './open-run.ts';

const BAR_WIDTH = 24;

/** One line about a run: `[######····] 120 of 480 · 3 failed · 1 busy · 210 per minute · about 2 min left`. */
export function progressLine(run: Snapshot): string {
  const { due, tally, busy } = run;
  const parts = [
    `${bar(ended(tally), due)} ${ended(tally)} of ${due}`,
    ...(failures(tally) > 0 ? [`${failures(tally)} failed (${codes(tally)})`] : []),
    ...(tally.aborted > 0 ? [`${tally.aborted} without a verdict`] : []),
    ...(busy > 0 ? [`${busy} busy`] : []),
    stateOf(run),
  ];
  return parts.join(' · ');
}

function stateOf({ state, paused, perMinute, etaSeconds }: Snapshot): string {
  if (state === 'aborting') return 'aborting';
  if (paused !== undefined) return `paused ${describePause(paused)}`;
  const left = etaSeconds === undefined ? '' : `, about ${timeOf(etaSeconds)} left`;
  return `${perMinute.toFixed(0)} per minute${left}`;
}

/** The end of a run, as lines. */
export function verdictLines({
  outcome,
  due,
  tally,
  unreadable,
  busy,
  busyCount,
}: FleetVerdict): readonly string[] {
  if (outcome === 'counted')
    return [`${due} passwords are due. ${unreadable} users have a column that holds no token.`];
  return [
    `The run has ${outcome}: ${tally.rotated} of ${due} rotated, ${tally.passedOver} passed over, ${failures(tally)} failed.`,
    ...(tally.unverified > 0
      ? [`${tally.unverified} of the rotated could not be verified; the sweep looks again.`]
      : []),
    ...codesOf(tally.failed).map(([code, count]) => `  ${code}: ${count}`),
    ...(tally.aborted > 0 ? [`  without a verdict: ${tally.aborted}`] : []),
    ...(tally.drift > 0
      ? [`${tally.drift} rows had an old password again; they are in doubt, and repaired by the sweep.`]
      : []),
    ...(busyCount > 0
      ? [`${busyCount} were busy to the end: ${busy.join(', ')}${busyCount > busy.length ? ', …' : ''}`]
      : []),
    ...(unreadable > 0 ? [`${unreadable} users have a column that holds no token.`] : []),
  ];
}

const codes = ({ failed }: Tally): string =>
  codesOf(failed)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');

function bar(done: number, due: number): string {
  const filled = due === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / due));
  return `[${'#'.repeat(filled)}${'·'.repeat(BAR_WIDTH - filled)}]`;
}

function timeOf(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3_600).toFixed(1)} h`;
}
