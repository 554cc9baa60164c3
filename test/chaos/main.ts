/* npm run chaos -- [--trials N] [--seed S] [--parallel P] [--points 1,5L] [--zombies N] [--wipes N] [--swept N] [--away N] [--write] */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { currentCommit, describeMachine, loadOfLastMinute } from '../../bench/harness/machine.ts';
import { save, table } from '../../bench/harness/report.ts';
import { runToEnd, startParts } from '../../tools/parts/index.ts';
import type { KillTrial } from './kill-trial.ts';
import { runMatrix, summarize } from './matrix.ts';
import { lastLine, rowsOf, type ChaosRun } from './report.ts';
import { sideBySide } from './side-by-side.ts';
import { openSlot, type Ground } from './slot.ts';
import { STAGES } from './stages.ts';
import {
  awayTrial,
  openTemporalSlot,
  sweptTrial,
  wipeTrial,
  type TemporalSlot,
  type TemporalTrial,
} from './temporal-trial.ts';
import { readWishes, USAGE, type Wishes } from './wishes.ts';
import { zombieTrial, type ZombieTrial } from './zombie-trial.ts';

const AWAY_MS = 60_000;
/** Zombies only wait. */
const ZOMBIES_PER_TRIAL = 2;

const log = (line: string): void => console.error(`• ${line}`);

function tellKill(trial: KillTrial): void {
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const { point, seed, rowRightMs, closedMs, problems } = trial;
  log(`${point} (${seed}): row right ${seconds(rowRightMs)}, closed ${seconds(closedMs)}`);
  tellProblems(problems, trial.trace);
}

function tellProblems(problems: readonly string[], trace: readonly string[] = []): void {
  for (const problem of problems) log(`  ✗ ${problem}`);
  for (const line of trace) console.error(`      ${line}`);
}

/** A trial that breaks off is one with a problem. */
const brokenOff = (error: unknown): readonly string[] => [`the trial broke off: ${String(error)}`];

async function runZombies(ground: Ground, { zombies, parallel }: Wishes): Promise<readonly ZombieTrial[]> {
  const jobs = Array.from({ length: zombies }, () => STAGES).flat();
  const places = Math.min(jobs.length, parallel * ZOMBIES_PER_TRIAL);
  return sideBySide(
    jobs,
    places,
    () => openSlot(ground),
    async (slot, stage) => {
      const trial = await zombieTrial(slot, stage).catch((error: unknown): ZombieTrial => ({
        stage: stage.name,
        firstMs: 0,
        secondMs: 0,
        problems: brokenOff(error),
        trace: [],
      }));
      log(`zombie at ${stage.name}: row right after ${Math.round(trial.firstMs / 1_000)} s`);
      tellProblems(trial.problems, trial.trace);
      return trial;
    },
  );
}

/** What is done to Temporal, on what kind of place, and so many at a time at most: each has one of its own. */
const TEMPORAL_TRIALS = {
  wiped: { trial: wipeTrial, place: {}, places: 2 },
  swept: { trial: sweptTrial, place: { swept: true }, places: 4 },
  away: {
    trial: (own: TemporalSlot) => awayTrial(own, AWAY_MS),
    place: { remembers: true },
    places: 2,
  },
} as const;

async function runTemporal(
  ground: Ground,
  what: keyof typeof TEMPORAL_TRIALS,
  trials: number,
): Promise<readonly TemporalTrial[]> {
  const { trial, place, places } = TEMPORAL_TRIALS[what];
  const jobs = Array.from({ length: trials }, () => what);
  const open = (): Promise<TemporalSlot> => openTemporalSlot(ground, place);
  return sideBySide(jobs, Math.min(places, trials), open, async (own) => {
    const result = await trial(own).catch((error: unknown): TemporalTrial => ({
      problems: brokenOff(error),
      closedMs: 0,
    }));
    log(`Temporal ${what}: closed ${(result.closedMs / 1_000).toFixed(1)} s after it was back`);
    tellProblems(result.problems);
    return result;
  });
}

async function runAll(wishes: Wishes, folder: string): Promise<ChaosRun> {
  log('Starting Temporal, PostgreSQL and Redis');
  await using parts = await startParts({ log });
  process.env['WORKFLOW_BUNDLE'] = join(folder, 'workflow-bundle.js');
  await runToEnd(process.execPath, ['workers/bundle.ts', process.env['WORKFLOW_BUNDLE']]);
  const ground: Ground = {
    parts: {
      temporalAddress: parts.temporal.address,
      postgresUrl: parts.postgres.adminUrl,
      redisUrl: parts.redis.url,
    },
    bcryptCost: wishes.bcryptCost,
    compileCache: join(folder, 'compiled'),
  };
  const zombies = await runZombies(ground, wishes);
  const wipes = await runTemporal(ground, 'wiped', wishes.wipes);
  const swept = await runTemporal(ground, 'swept', wishes.swept);
  const away = await runTemporal(ground, 'away', wishes.away);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const plan = { ...wishes, onTrial: tellKill, stop: stop.signal };
  const kills = wishes.trials === 0 ? [] : await runMatrix(ground, plan);
  return { seed: wishes.seed, kills, zombies, wipes, swept, away };
}

async function main(): Promise<number> {
  const wishes = readWishes();
  const commit = await currentCommit();
  const startedAt = new Date().toISOString();
  const load = { label: 'load of the machine before', value: loadOfLastMinute(), unit: 'processes' };
  const folder = await mkdtemp(join(tmpdir(), 'hestami-chaos-run-'));
  let run: ChaosRun;
  try {
    run = await runAll(wishes, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { rows, figures, violations } = rowsOf(run);
  const findings = { rows: [load, ...rows], figures };
  console.log(table(findings));
  if (wishes.write)
    await save({
      name: wishes.swept > 0 ? 'sweep-wipes' : 'chaos-rotation',
      commit,
      machine: describeMachine(),
      startedAt,
      ...findings,
    });
  console.log(lastLine(run, summarize(run.kills), violations));
  return violations === 0 ? 0 : 1;
}

process.chdir(join(import.meta.dirname, '../..'));
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof TypeError ? `${error.message}\n\n${USAGE}` : error);
  process.exitCode = 1;
}
