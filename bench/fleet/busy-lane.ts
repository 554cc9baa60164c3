import { alternate } from '../harness/alternate.ts';
import { newPassword, signUpBare } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { LaneObserver } from '../harness/lane.ts';
import { compareLanes } from '../harness/lane-pairs.ts';
import { openFleetSetting } from './setting.ts';

/** Users of one run: two shards, which have eight rotations open each. */
const PER_WINDOW = 40;
const WINDOWS = { quick: 1, full: 4 } as const;
/** Default of the worker: the bare side gets the same. */
const CONNECTIONS = 10;

/** Whether a fleet run keeps LibreChat's bcrypt lane as busy as the bare calls do. Real cost: bcrypt is the lane. */
export async function measureBusyLane(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openFleetSetting(context, PER_WINDOW);
  const { world, users, start, ended } = setting;
  await using bare = openBareCalls(world.standIn.url, CONNECTIONS);
  await using lane = await LaneObserver.of(world.standIn, { route: 'login', at: 'session-created' });
  const accounts = await signUpBare(bare, PER_WINDOW);
  const djangoUserIds = users.map(({ id }) => id);
  const run = async (): Promise<void> => {
    await start({ mode: 'list', djangoUserIds });
    await ended();
  };
  log('Warming up');
  await run();
  const count = WINDOWS[quick ? 'quick' : 'full'];
  log(`${count} fleet runs over ${PER_WINDOW} users, in turn with as many rotations by the bare calls`);
  const pairs = await alternate(count, {
    bare: () =>
      lane.watch(PER_WINDOW, () =>
        Promise.all(accounts.map(({ email }) => bare.rotate(email, newPassword()))),
      ),
    ours: () => lane.watch(PER_WINDOW, run),
  });
  return compareLanes(pairs, PER_WINDOW, { one: 'rotation', many: 'rotations of a fleet run' });
}
