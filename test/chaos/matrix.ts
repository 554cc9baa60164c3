import { killTrial, type KillTrial } from './kill-trial.ts';
import { POINTS, type Point } from './points.ts';
import { seededRandom } from '../setup/seeded-random.ts';
import { sideBySide } from './side-by-side.ts';
import { openSlot, type Ground } from './slot.ts';

/** What kills are wanted. */
export interface MatrixPlan {
  readonly trials: number;
  readonly seed: number;
  /** Slots, each with its trial. */
  readonly parallel: number;
  /** Names of points; default: all. */
  readonly points?: readonly string[] | undefined;
  readonly onTrial?: (trial: KillTrial) => void;
  /** Ends the run after the trials that are under way. */
  readonly stop?: AbortSignal;
}

/** The jobs of a plan, round by round, so that a run that is cut short has been everywhere. */
function* jobsOf({ trials, seed, points, stop }: MatrixPlan): Generator<{ point: Point; seed: number }> {
  const random = seededRandom(seed);
  for (let round = 0; round < trials; round++) {
    for (const point of POINTS) {
      if (stop?.aborted === true) return;
      const own = random.below(2 ** 31);
      if (points === undefined || points.includes(point.name)) yield { point, seed: own };
    }
  }
}

/** Kills at every point, so many times each. A trial that breaks off is one with a problem. */
export function runMatrix(ground: Ground, plan: MatrixPlan): Promise<readonly KillTrial[]> {
  return sideBySide(
    jobsOf(plan),
    plan.parallel,
    () => openSlot(ground),
    async (slot, { point, seed }) => {
      const trial = await killTrial(slot, point, seed).catch((error: unknown): KillTrial => ({
        point: point.name,
        seed,
        rowRightMs: 0,
        closedMs: 0,
        problems: [`the trial broke off: ${String(error)}`],
        trace: slot.worker.log,
      }));
      plan.onTrial?.(trial);
      return trial;
    },
  );
}

/** The kills that it took longest to recover from. */
export interface MatrixSummary {
  readonly slowestRowRight: KillTrial | undefined;
  readonly slowestClosed: KillTrial | undefined;
}

export function summarize(trials: readonly KillTrial[]): MatrixSummary {
  const slowest = (key: 'rowRightMs' | 'closedMs'): KillTrial | undefined =>
    [...trials].sort((one, other) => other[key] - one[key])[0];
  return { slowestRowRight: slowest('rowRightMs'), slowestClosed: slowest('closedMs') };
}
