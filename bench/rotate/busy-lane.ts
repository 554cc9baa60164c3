import { alternate } from '../harness/alternate.ts';
import { newPassword, signUpBare } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { LaneObserver, type LaneWindow } from '../harness/lane.ts';
import { compareLanes } from '../harness/lane-pairs.ts';
import { heartbeatsIn, openRotateSetting } from './setting.ts';

/** Rotations that start at once: twice what the worker takes on at once, so that its slots are refilled as well. */
const PER_WINDOW = 40;
const WINDOWS = { quick: 2, full: 10 } as const;
/** Default of the worker: the bare side gets the same. */
const CONNECTIONS = 10;

/** Whether rotation keeps LibreChat's bcrypt lane as busy as the bare calls do. Real cost: bcrypt is the lane. */
export async function measureBusyLane(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openRotateSetting(context);
  const { world, worker, seen, addProvisioned, rotate } = setting;
  await using bare = openBareCalls(world.standIn.url, CONNECTIONS);
  await using lane = await LaneObserver.of(world.standIn, { route: 'login', at: 'session-created' });

  log(`Making ${PER_WINDOW} users for each side`);
  const ids = await addProvisioned(PER_WINDOW);
  const accounts = await signUpBare(bare, PER_WINDOW);
  const windows = (count: number, perWindow: number): ReturnType<typeof alternate<LaneWindow>> =>
    alternate(count, {
      bare: () =>
        lane.watch(perWindow, () =>
          Promise.all(accounts.slice(0, perWindow).map(({ email }) => bare.rotate(email, newPassword()))),
        ),
      ours: () => lane.watch(perWindow, () => Promise.all(ids.slice(0, perWindow).map(rotate))),
    });

  log('Warming up');
  await windows(1, PER_WINDOW / 4);
  const count = WINDOWS[quick ? 'quick' : 'full'];
  log(`Rotating ${count} × ${PER_WINDOW} users, in turn with as many by the bare calls`);
  const before = heartbeatsIn(seen);
  const pairs = await windows(count, PER_WINDOW);
  await worker.process.stop();

  const { rows, figures } = compareLanes(pairs, PER_WINDOW, { one: 'rotation', many: 'rotations' });
  const heartbeats = (heartbeatsIn(seen) - before) / (count * PER_WINDOW);
  return {
    rows: [
      ...rows,
      { label: `heartbeats of one rotation, ${PER_WINDOW} at once`, value: heartbeats, unit: '' },
    ],
    figures,
  };
}
