import { killTrial, type KillTrial } from './kill-trial.ts';
import { LOCKED_OUT } from './inspect.ts';
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
}

/** The jobs of a plan, round by round, so that a run that is cut short has been everywhere. */
function* jobsOf({ trials, seed, points }: MatrixPlan): Generator<{ point: Point; seed: number }> {
  const random = seededRandom(seed);
  for (let round = 0; round < trials; round++) {
    for (const point of POINTS) {
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

/** The numbers that a run ends with. */
export interface MatrixSummary {
  readonly kills: number;
  readonly lockouts: number;
  readonly problems: number;
  readonly slowestRowRight: KillTrial | undefined;
  readonly slowestClosed: KillTrial | undefined;
}

export function summarize(trials: readonly KillTrial[]): MatrixSummary {
  const slowest = (key: 'rowRightMs' | 'closedMs'): KillTrial | undefined =>
    trials.reduce<KillTrial | undefined>(
      (worst, trial) => (worst === undefined || trial[key] > worst[key] ? trial : worst),
      undefined,
    );
  return {
    kills: trials.length,
    lockouts: trials.filter(({ problems }) => problems.some((one) => one.startsWith(LOCKED_OUT))).length,
    problems: trials.filter(({ problems }) => problems.length > 0).length,
    slowestRowRight: slowest('rowRightMs'),
    slowestClosed: slowest('closedMs'),
  };
}
