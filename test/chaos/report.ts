import type { Findings, Row } from '../../bench/harness/bench.ts';
import type { KillTrial } from './kill-trial.ts';
import { LOCKED_OUT } from './inspect.ts';
import { summarize, type MatrixSummary } from './matrix.ts';
import { POINTS } from './points.ts';
import { STAGES } from './stages.ts';
import type { TemporalTrial } from './temporal-trial.ts';
import type { ZombieTrial } from './zombie-trial.ts';

/** All trials of a run. */
export interface ChaosRun {
  readonly seed: number;
  readonly kills: readonly KillTrial[];
  readonly zombies: readonly ZombieTrial[];
  readonly wipes: readonly TemporalTrial[];
  readonly swept: readonly TemporalTrial[];
  readonly away: readonly TemporalTrial[];
}

const slowest = (values: readonly number[]): number => Math.max(0, ...values);

/** What is kept of a run: `violations` counts the trials after which not all was well, lock-outs included. */
export function rowsOf(run: ChaosRun): Findings & { readonly violations: number } {
  const all = [...run.kills, ...run.zombies, ...run.wipes, ...run.swept, ...run.away];
  const lockouts = all.filter(({ problems }) => problems.some((one) => one.startsWith(LOCKED_OUT))).length;
  const violations = all.filter(({ problems }) => problems.length > 0).length;
  if (run.swept.length > 0) return sweptFindings(run.swept, { lockouts, violations });
  const { slowestRowRight, slowestClosed } = summarize(run.kills);
  return {
    rows: [
      ...killRows(run.kills),
      ...zombieRows(run.zombies),
      ...temporalRows('Temporal wiped', run.wipes),
      ...temporalRows('Temporal away', run.away),
      { label: 'seed', value: run.seed, unit: '' },
    ],
    figures: {
      kills: run.kills.length,
      lockouts,
      violations,
      slowest_row_right_ms: slowestRowRight?.rowRightMs ?? 0,
      slowest_closed_ms: slowestClosed?.closedMs ?? 0,
      zombies: run.zombies.length,
      slowest_zombie_row_right_ms: slowest(run.zombies.map(({ firstMs }) => firstMs)),
      temporal_wiped: run.wipes.length,
      temporal_away: run.away.length,
    },
    violations,
  };
}

/** Runs of the sweep are kept by themselves, each with its time. */
function sweptFindings(
  trials: readonly TemporalTrial[],
  { lockouts, violations }: { readonly lockouts: number; readonly violations: number },
): Findings & { readonly violations: number } {
  const seconds = trials.map(({ closedMs }) => closedMs / 1_000);
  return {
    rows: seconds.map((value, index) => ({
      label: `trial ${index + 1}: Temporal back, and empty → row right`,
      value,
      unit: 's',
    })),
    figures: { trials: trials.length, lockouts, violations, slowest_healed_s: slowest(seconds) },
    violations,
  };
}

function killRows(kills: readonly KillTrial[]): readonly Row[] {
  return POINTS.flatMap(({ name, victim, about }) => {
    const own = kills.filter(({ point }) => point === name);
    if (own.length === 0) return [];
    const label = `${name}: ${victim} killed ${about}`;
    return [
      { label, value: own.length, unit: 'kills' },
      { label: `${label}, row right, slowest`, value: slowest(own.map((one) => one.rowRightMs)), unit: 'ms' },
      { label: `${label}, closed, slowest`, value: slowest(own.map((one) => one.closedMs)), unit: 'ms' },
    ];
  });
}

function zombieRows(zombies: readonly ZombieTrial[]): readonly Row[] {
  return STAGES.flatMap(({ name }) => {
    const own = zombies.filter(({ stage }) => stage === name);
    if (own.length === 0) return [];
    const label = `worker stopped at ${name}`;
    return [
      { label, value: own.length, unit: 'zombies' },
      { label: `${label}, row right, slowest`, value: slowest(own.map((one) => one.firstMs)), unit: 'ms' },
    ];
  });
}

function temporalRows(label: string, trials: readonly TemporalTrial[]): readonly Row[] {
  if (trials.length === 0) return [];
  return [
    { label, value: trials.length, unit: 'trials' },
    { label: `${label}, closed, slowest`, value: slowest(trials.map((one) => one.closedMs)), unit: 'ms' },
  ];
}

/** The line that a run ends with. */
export function lastLine(run: ChaosRun, summary: MatrixSummary, violations: number): string {
  const at = (trial: KillTrial | undefined, key: 'rowRightMs' | 'closedMs'): string =>
    trial === undefined ? '–' : `${(trial[key] / 1_000).toFixed(1)} s (${trial.point})`;
  const { lockouts } = rowsOf(run).figures;
  const others = [
    run.zombies.length > 0 ? `${run.zombies.length} zombies` : '',
    run.wipes.length > 0 ? `${run.wipes.length} wipes` : '',
    run.swept.length > 0 ? `${run.swept.length} wipes that the sweep heals` : '',
    run.away.length > 0 ? `${run.away.length} outages of Temporal` : '',
  ].filter((part) => part !== '');
  return [
    [`${run.kills.length} kills`, ...others].join(', '),
    `${lockouts ?? 0} lockouts`,
    `${violations} trials with a problem`,
    `slowest: row right ${at(summary.slowestRowRight, 'rowRightMs')}, workflow closed ${at(summary.slowestClosed, 'closedMs')}`,
    `seed ${run.seed}`,
  ].join('; ');
}
