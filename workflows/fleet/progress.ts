import { describePause, describeSeconds } from '../../contract/describe.ts';
import {
  type FleetMode,
  type FleetProgress,
  type FleetState,
  type FleetVerdict,
  type ShardPosition,
  type Tally,
} from '../../contract/fleet.ts';
import { codesOf, ended, total } from '../../contract/tally.ts';

/** Busy users that a verdict names. */
const NAMED_BUSY = 100;

export const tallyOf = ({ shards }: Pick<FleetState, 'shards'>): Tally =>
  total(shards.map(({ position }) => position.tally));

/** @param options.now milliseconds since 1970 */
export function progressOf(
  mode: FleetMode,
  state: FleetState,
  { aborting, now }: { readonly aborting: boolean; readonly now: number },
): FleetProgress {
  const { rule, due, shards, since, paused } = state;
  const tally = tallyOf(state);
  const done = ended(tally);
  const minutes = (now - since.at) / 60_000;
  const perMinute = paused === undefined && minutes > 0 ? (done - since.ended) / minutes : 0;
  return {
    mode,
    startedAt: new Date(rule.startedAt * 1_000).toISOString(),
    state: aborting ? 'aborting' : paused === undefined ? 'running' : 'paused',
    ...(paused === undefined ? {} : { paused }),
    due,
    tally,
    busy: busyOf(state).length,
    shards: shards.map(({ position, finished }) => ({
      tally: position.tally,
      busy: busyIn(position).length,
      finished,
    })),
    perMinute,
    ...(perMinute > 0 ? { etaSeconds: Math.round((60 * Math.max(0, due - done)) / perMinute) } : {}),
  };
}

/** For Temporal's page of the run. */
export function describeProgress(progress: FleetProgress): string {
  const { mode, startedAt, due, tally, busy, perMinute, etaSeconds } = progress;
  const failed = codesOf(tally.failed).map(([code, count]) => `| failed: ${code} | ${count} |`);
  const eta = etaSeconds === undefined ? [] : [`| left, about | ${describeSeconds(etaSeconds)} |`];
  return [
    headline(progress),
    '',
    '| | |',
    '| --- | --- |',
    `| mode | ${mode}, since ${startedAt} |`,
    `| due at the beginning | ${due} |`,
    `| rotated | ${tally.rotated} |`,
    `| of these unverified | ${tally.unverified} |`,
    `| passed over | ${tally.passedOver} |`,
    ...failed,
    `| ended without a verdict | ${tally.lost} |`,
    `| old password put back | ${tally.drift} |`,
    `| busy | ${busy} |`,
    `| per minute | ${perMinute.toFixed(1)} |`,
    ...eta,
  ].join('\n');
}

export function verdictOf(
  outcome: FleetVerdict['outcome'],
  mode: FleetMode,
  state: FleetState,
): FleetVerdict {
  const busy = busyOf(state);
  return {
    outcome,
    mode,
    due: state.due,
    tally: tallyOf(state),
    unreadable: state.unreadable,
    leftOut: state.leftOut,
    busy: busy.slice(0, NAMED_BUSY),
    busyCount: busy.length,
  };
}

const busyOf = ({ shards }: FleetState): readonly string[] =>
  shards.flatMap(({ position }) => busyIn(position));

const busyIn = ({ visiting, busy }: ShardPosition): readonly string[] => [...visiting, ...busy];

function headline({ state, paused }: FleetProgress): string {
  if (state === 'aborting') return '**Aborting:** what is open is being finished.';
  return paused === undefined ? '**Running.**' : `**Paused:** ${describePause(paused)}`;
}
