import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { startTemporal, waitUntil, type Temporal } from '../../tools/parts/index.ts';
import { startWorker } from '../../tools/processes/worker.ts';
import { loginWithRow } from '../setup/credentials.ts';
import { lookBefore, problemsOf, type Before } from './inspect.ts';
import { within } from './side-by-side.ts';
import { openSlot, provisionSubject, rotate, type Ground, type Slot, type Subject } from './slot.ts';

/** A slot on a Temporal of its own. */
export interface TemporalSlot extends AsyncDisposable {
  readonly slot: Slot;
  readonly temporal: Temporal;
}

const LONGEST_MS = 120_000;

/**
 * Makes a slot whose Temporal can be taken away.
 *
 * @param options.remembers whether what Temporal knows outlives it
 * @param options.swept with schedules; what a new Temporal knows comes from the worker alone
 */
export async function openTemporalSlot(
  ground: Ground,
  { remembers = false, swept = false }: { readonly remembers?: boolean; readonly swept?: boolean },
): Promise<TemporalSlot> {
  const folder = await mkdtemp(join(tmpdir(), 'hestami-chaos-temporal-'));
  const storage = remembers ? { dbFile: join(folder, 'temporal.db') } : {};
  const temporal = await startTemporal({ own: true, searchAttributes: !swept, ...storage });
  const parts = { ...ground.parts, temporalAddress: temporal.address };
  const slot = await openSlot({ ...ground, parts }, swept ? { SCHEDULES: 'apply' } : {});
  return {
    slot,
    temporal,
    async [Symbol.asyncDispose]() {
      await slot[Symbol.asyncDispose]();
      await temporal[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What came of it: all that is wrong at the end, as a rule nothing. */
export interface TemporalTrial {
  readonly problems: readonly string[];
  /** From Temporal being back until the rotation, or the repair, has ended. */
  readonly closedMs: number;
}

/** Takes Temporal away for a while, when LibreChat has the new password and the worker has not heard so. */
export async function awayTrial({ slot, temporal }: TemporalSlot, awayMs: number): Promise<TemporalTrial> {
  const subject = await provisionSubject(slot);
  const before = await lookBefore(slot, subject);
  const { control } = slot.world.standIn;
  const reset = { route: 'resetPassword', at: 'answer', address: subject.address };
  await control.fault({ ...reset, action: 'hold' });
  const rotation = await rotate(slot.world, subject);
  await control.held(reset);
  await temporal.stop();
  await control.release(reset);
  // The length of the outage is what is being tried.
  await sleep(awayMs);
  await temporal.restart();
  const backAt = performance.now();
  const problems: string[] = [];
  const { outcome } = await within(LONGEST_MS, 'the rotation has ended', rotation.result());
  const closedMs = performance.now() - backAt;
  if (outcome !== 'rotated') problems.push(`the rotation ended ${outcome}`);
  const expected = { passwords: 2, sessionMayBeOver: false, logs: slot.worker.log };
  problems.push(...(await problemsOf(slot, subject, before, expected)));
  return { problems, closedMs };
}

/**
 * Wipes Temporal when LibreChat has the new password, and loses the answer: nobody knows the password any more. The row
 * must say so, and a repair must heal it.
 */
export async function wipeTrial(own: TemporalSlot): Promise<TemporalTrial> {
  const { slot } = own;
  const { subject, before, problems } = await wipe(own);
  if (!slot.worker.process.running) slot.worker = await startWorker(slot.environment);
  const backAt = performance.now();
  const repair = await rotate(slot.world, subject, 'repair');
  const { outcome } = await within(LONGEST_MS, 'the repair has ended', repair.result());
  const closedMs = performance.now() - backAt;
  if (outcome !== 'rotated') problems.push(`the repair ended ${outcome}`);
  const expected = { passwords: 3, sessionMayBeOver: false, logs: slot.worker.log };
  problems.push(...(await problemsOf(slot, subject, before, expected)));
  return { problems, closedMs };
}

/** A row in doubt is to be repaired within this time of all being back (ms). */
const HEALED_MS = 90_000;

/**
 * The same, and nobody does anything about it: the worker that ran all the time makes search attributes and schedules
 * anew, and the sweep finds the row.
 */
export async function sweptTrial(own: TemporalSlot): Promise<TemporalTrial> {
  const { slot } = own;
  const { subject, before, problems } = await wipe(own);
  const backAt = performance.now();
  await waitUntil(
    'the row is out of doubt',
    async () => (await slot.world.database.user(subject.id)).librechat_synced_at !== null,
    LONGEST_MS,
  );
  const closedMs = performance.now() - backAt;
  if (closedMs > HEALED_MS) problems.push(`it took ${(closedMs / 1_000).toFixed(1)} s`);
  if (!slot.worker.process.running) problems.push('the worker has ended');
  const repair = slot.world.client.workflow.getHandle(accountWorkflowId(parseDjangoUserId(subject.id)));
  await within(LONGEST_MS, 'the repair has ended', repair.result());
  const expected = { passwords: 3, sessionMayBeOver: false, logs: slot.worker.log };
  problems.push(...(await problemsOf(slot, subject, before, expected)));
  return { problems, closedMs };
}

interface Wiped {
  readonly subject: Subject;
  readonly before: Before;
  readonly problems: string[];
}

/** Wipes Temporal in the middle of a rotation, and puts an empty one in its place. */
async function wipe({ slot, temporal }: TemporalSlot): Promise<Wiped> {
  const subject = await provisionSubject(slot);
  const before = await lookBefore(slot, subject);
  const { control } = slot.world.standIn;
  const reset = { route: 'resetPassword', at: 'answer', address: subject.address };
  await control.fault({ ...reset, action: 'hold' });
  await rotate(slot.world, subject);
  await control.held(reset);
  await temporal.kill();
  await control.release({ ...reset, action: 'drop' });
  await temporal.restart();
  const problems: string[] = [];
  const row = await slot.world.database.user(subject.id);
  if (row.librechat_synced_at !== null) problems.push('the row is not in doubt');
  const login = await loginWithRow(slot.world, subject.id);
  if (login !== 'Incorrect password.') problems.push(`LibreChat has not taken the new password: ${login}`);
  return { subject, before, problems };
}
