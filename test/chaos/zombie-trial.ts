import type { ManagedProcess } from '../../tools/parts/index.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import { standStill } from '../setup/stand-still.ts';
import { lookBefore, problemsOf, type Before } from './inspect.ts';
import type { Stage } from './stages.ts';
import { within } from './side-by-side.ts';
import { provisionSubject, rotate, type Slot, type Subject } from './slot.ts';

/** What came of a worker that stood still through its own rotation and the next one. */
export interface ZombieTrial {
  readonly stage: Stage['name'];
  /** From the standstill until the other worker has ended the first rotation. */
  readonly firstMs: number;
  /** From there until it has ended the second. */
  readonly secondMs: number;
  readonly problems: readonly string[];
  /** Where there are problems: what the workers logged. */
  readonly trace: readonly string[];
}

/** Row and LibreChat agree so long after a worker has begun to hang, and after it wakes up. */
const LONGEST_MS = 120_000;

/** A worker that stands still in an attempt that was given to another long ago. */
export interface Sleeper {
  readonly subject: Subject;
  readonly before: Before;
  readonly zombie: WorkerProcess;
  readonly firstMs: number;
  readonly secondMs: number;
  readonly problems: string[];
}

/**
 * Stops worker A in the first attempt of a rotation, and lets worker B do that one and the next.
 *
 * @param environment for a worker A that is not like the others
 */
export async function sleepThroughTwo(
  slot: Slot,
  stage: Stage,
  environment = stage.environment,
): Promise<Sleeper> {
  if (environment !== undefined) {
    await slot.worker.process.kill();
    slot.worker = await startWorker({ ...slot.environment, ...environment });
  }
  const subject = await provisionSubject(slot);
  const before = await lookBefore(slot, subject);
  const zombie = slot.worker;
  const stands = stage.stand(slot, subject, () => standStill(zombie.process));
  const first = await rotate(slot.world, subject);
  await within(60_000, `worker A comes to stage ${stage.name}`, stands);
  const stoodAt = performance.now();
  const problems: string[] = [];
  slot.worker = await startWorker(slot.environment);
  const firstMs = await endOf(first, 'rotation k', stoodAt, problems);
  const secondAt = performance.now();
  const secondMs = await endOf(await rotate(slot.world, subject), 'rotation k+1', secondAt, problems);
  return { subject, before, zombie, firstMs, secondMs, problems };
}

/** Lets a worker sleep through two rotations, wakes it, and looks at what it has changed. */
export async function zombieTrial(slot: Slot, stage: Stage): Promise<ZombieTrial> {
  const { subject, before, zombie, firstMs, secondMs, problems } = await sleepThroughTwo(slot, stage);
  const left = await stateOf(slot, subject);
  await wake(slot, subject, stage, zombie.process);
  const logs = [...zombie.log, ...slot.worker.log];
  problems.push(
    ...changes(left, await stateOf(slot, subject)),
    ...(await problemsOf(slot, subject, before, { passwords: 3, sessionMayBeOver: false, logs })),
  );
  return { stage: stage.name, firstMs, secondMs, problems, trace: problems.length === 0 ? [] : logs };
}

async function endOf(
  rotation: Awaited<ReturnType<typeof rotate>>,
  what: string,
  since: number,
  problems: string[],
): Promise<number> {
  try {
    const { outcome, code } = await within(LONGEST_MS, `${what} has ended`, rotation.result());
    if (outcome !== 'rotated') problems.push(`${what} ended ${outcome} ${code ?? ''}`);
  } catch (error) {
    problems.push(String(error));
  }
  return performance.now() - since;
}

/** What a zombie must leave as it is. */
interface State {
  readonly sealed: string | null;
  readonly resets: number;
}

async function stateOf({ world }: Slot, { id }: Subject): Promise<State> {
  const { routes } = await world.standIn.control.counters();
  const { librechat_password_encrypted: sealed } = await world.database.user(id);
  return { sealed, resets: routes['resetPassword']?.statuses['200'] ?? 0 };
}

function changes(before: State, after: State): readonly string[] {
  return [
    ...(before.sealed === after.sealed ? [] : ['the zombie has changed the row']),
    ...(before.resets === after.resets ? [] : ['the zombie has set a password']),
  ];
}

/** Lets the zombie go on until it has done all that it can, and ends it. */
async function wake(slot: Slot, { address }: Subject, stage: Stage, zombie: ManagedProcess): Promise<void> {
  const { control } = slot.world.standIn;
  const since = await control.lastEvent();
  zombie.signal('SIGCONT');
  // Only here does it not know how late it is, and goes as far as the row lets it.
  if (stage.name === 'start')
    await control.reached({ route: 'requestPasswordReset', at: 'closed', address }, since);
  // It drains: what it has begun is ended first.
  await within(LONGEST_MS, 'the zombie has drained', zombie.stop());
}
