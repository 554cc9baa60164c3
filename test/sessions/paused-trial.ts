import { setTimeout as sleep } from 'node:timers/promises';
import { refreshSession } from '../../client/temporal/index.ts';
import { within } from '../chaos/side-by-side.ts';
import { standStill } from '../setup/stand-still.ts';
import type { Place } from './paused-places.ts';
import { openScene, type Scene } from './paused-scene.ts';
import type { Story } from './paused-stories.ts';
import { patiently } from './patiently.ts';
import { inspect, lookAt, secretsOf, type Aftermath } from './paused-aftermath.ts';

const PAUSE_MS = Number(process.env['PAUSE_SECONDS'] ?? 60) * 1_000;
/** A worker that has been told to end is killed after half a minute. */
const DRAIN_MS = 40_000;
/** Temporal's answer on a busy machine. */
const START_DEADLINE_MS = 10_000;
/** Of a session at LibreChat, at its default. */
const SESSION_LIFE_MS = 7 * 86_400_000;

/**
 * Stops a worker at a place of a renewal, tells the story, and wakes the worker after a minute.
 *
 * @param prepare runs what takes the machine's time, when there is some
 */
export async function pausedTrial(
  place: Place,
  story: Story,
  prepare: <Value>(work: () => Promise<Value>) => Promise<Value>,
): Promise<Aftermath> {
  await using resources = new AsyncDisposableStack();
  const { scene, refresh, stoodAt, secrets, travelling } = await prepare(async () => {
    const scene = resources.use(await openScene());
    return { scene, ...(await sleepAt(place, story, scene)) };
  });
  await story.tell(scene, refresh);
  const left = await lookAt(scene);
  await travelling?.toOthers?.();
  await sleep(Math.max(0, stoodAt + PAUSE_MS - performance.now()));
  await wake(scene, travelling?.toWorker);
  return await inspect(scene, left, [...secrets, ...left.secrets]);
}

/** Starts a renewal, and another worker once the first one stands in it. */
async function sleepAt(place: Place, story: Story, scene: Scene) {
  const { world, vault, user } = scene;
  const now = Date.now();
  const age = place.nearItsEnd ? { openedAt: now - SESSION_LIFE_MS, sessionEndsAt: now + 60_000 } : {};
  await patiently(() => vault.age(user.key, -1, age));
  const secrets = await secretsOf(scene);
  let stoodAt = 0;
  const { stands } = await place.set(scene, async () => {
    await standStill(scene.sleeper.process);
    stoodAt = performance.now();
  });
  const epoch = await patiently(() => vault.records.readEpoch(user.key));
  const request = { user: user.key, epoch, taskQueue: world.taskQueue, deadlineMs: START_DEADLINE_MS };
  // A verdict takes longer than a caller waits where the worker's open polls swallow the tasks.
  const refresh = patiently(() => refreshSession(world.client, request));
  // Whoever awaits it hears of it.
  refresh.catch(() => undefined);
  const travelling = await within(60_000, 'the worker comes to its place', stands);
  await story.begin?.(scene);
  await scene.startOther();
  // Or Temporal would hand it tasks on the polls that it has left open, each of them for five seconds.
  if (place.keepsPolls === undefined) scene.wires.temporal.set('refuse');
  return { refresh, travelling, stoodAt, secrets };
}

/** Lets the worker go on until it has done all that it can, and ends it. */
async function wake({ sleeper, wires }: Scene, begin: (() => Promise<void>) | undefined): Promise<void> {
  const begun = begin?.();
  wires.temporal.set('pass');
  sleeper.process.signal('SIGCONT');
  if (begun !== undefined) await within(DRAIN_MS, 'the worker has begun', begun);
  // It drains: what it has begun is ended first.
  await within(DRAIN_MS, 'the worker has drained', sleeper.process.stop());
}
