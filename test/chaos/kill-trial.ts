import { startWorker } from '../../tools/processes/worker.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { seededRandom } from '../setup/seeded-random.ts';
import { lookBefore, problemsOf } from './inspect.ts';
import type { Point } from './points.ts';
import { within } from './side-by-side.ts';
import { provisionSubject, rotate, type Rotation, type Slot, type Subject } from './slot.ts';

/** What came of a kill. */
export interface KillTrial {
  readonly point: string;
  readonly seed: number;
  /** From the kill until the row is not in doubt and its password opens the account. */
  readonly rowRightMs: number;
  /** From the kill until the workflow has ended. */
  readonly closedMs: number;
  /** Nothing, as a rule. */
  readonly problems: readonly string[];
  /** Where there are problems: what the workers logged, and what is known of the rotation. */
  readonly trace: readonly string[];
}

/** All has to be well so long after a kill. */
const RECOVERY_MS = 30_000;
const ARRIVAL_MS = 60_000;

/** Rotates a new user, kills at the point, starts again, and looks at what is left. */
export async function killTrial(slot: Slot, point: Point, seed: number): Promise<KillTrial> {
  const subject = await provisionSubject(slot);
  const before = await lookBefore(slot, subject);
  const random = seededRandom(seed);
  const trap = await point.set({ slot, subject, dice: (limit) => random.below(limit) });
  const rotation = await rotate(slot.world, subject);
  await within(ARRIVAL_MS, `the ${point.victim} comes to point ${point.name}`, trap.arrive(rotation));
  const killed = slot.worker;
  if (point.victim === 'worker') await killed.process.kill();
  const killedAt = performance.now();
  await trap.leave();
  const restarted = point.victim === 'worker' ? startWorker(slot.environment) : slot.worker;
  const problems: string[] = [];
  const note = (error: unknown): number => {
    problems.push(String(error));
    return RECOVERY_MS;
  };
  const [rowRightMs, closedMs] = await Promise.all([
    rowRight(slot, subject, killedAt).catch(note),
    closed(rotation, killedAt, problems).catch(note),
  ]);
  slot.worker = await restarted;
  await trap.late?.();
  const logs = [...killed.log, ...slot.worker.log];
  const expected = { passwords: 2, sessionMayBeOver: trap.late !== undefined, logs };
  problems.push(...(await problemsOf(slot, subject, before, expected)));
  const trace = problems.length === 0 ? [] : [...logs, ...(await eventsOf(rotation))];
  return { point: point.name, seed, rowRightMs, closedMs, problems, trace };
}

async function rowRight({ world }: Slot, subject: Subject, since: number): Promise<number> {
  await eventually(
    'the row is right',
    async () =>
      (await world.database.user(subject.id)).librechat_synced_at !== null &&
      (await loginWithRow(world, subject.id).catch(() => 'no answer')) === 'own account',
    RECOVERY_MS,
  );
  return performance.now() - since;
}

async function closed(rotation: Rotation, since: number, problems: string[]): Promise<number> {
  const { outcome, code } = await within(RECOVERY_MS, 'the rotation has ended', rotation.result());
  if (outcome !== 'rotated') problems.push(`the rotation ended ${outcome} ${code ?? ''}`);
  return performance.now() - since;
}

async function eventsOf(rotation: Rotation): Promise<readonly string[]> {
  const { events } = await rotation.fetchHistory();
  return (events ?? []).map((event) => JSON.stringify(event));
}
