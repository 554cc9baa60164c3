import { alternate, side } from '../harness/alternate.ts';
import { newAccount } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { LaneObserver, type LaneWindow } from '../harness/lane.ts';
import { openSetting } from '../harness/setting.ts';
import { median, quantile } from '../harness/statistics.ts';
import { startBenchWorker } from '../harness/worker.ts';

/** Sign-ups that start at once: twice what the worker takes on at once, so that its slots are refilled as well. */
const PER_WINDOW = 40;
const WINDOWS = { quick: 2, full: 12 } as const;
/** Defaults of the worker: the bare side gets the same. */
const CONNECTIONS = 10;

/** Whether provisioning keeps LibreChat's bcrypt lane as busy as the bare calls do. Real cost: bcrypt is the lane. */
export async function measureBusyLane(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openSetting(context);
  const { world, cores, addUsers } = setting;
  await using worker = await startBenchWorker(world.environment, { core: cores.worker });
  await using bare = openBareCalls(world.standIn.url, CONNECTIONS);
  await using lane = await LaneObserver.of(world.standIn, { route: 'login', at: 'session-created' });

  const provisionAll = async (ids: readonly string[]): Promise<void> => {
    await Promise.all(ids.map(async (id) => (await world.provision(id)).result()));
  };
  const windows = (count: number, perWindow: number): ReturnType<typeof alternate<LaneWindow>> =>
    alternate(count, {
      bare: () =>
        lane.watch(perWindow, () =>
          Promise.all(Array.from({ length: perWindow }, () => bare.signUp(newAccount()))),
        ),
      ours: async () => {
        // The rows are Django's work, and are there before the clock starts.
        const ids = await addUsers(perWindow);
        return lane.watch(perWindow, () => provisionAll(ids));
      },
    });

  log('Warming up: the admin guard, connections, compiled code');
  await provisionAll(await addUsers(1));
  await windows(1, PER_WINDOW / 2);
  const count = WINDOWS[quick ? 'quick' : 'full'];
  log(`Provisioning ${count} × ${PER_WINDOW} sign-ups, in turn with as many bare ones`);
  const pairs = await windows(count, PER_WINDOW);
  await worker.process.stop();

  const ratios = (of: keyof LaneWindow): readonly number[] =>
    pairs.map(({ bare, ours }) => ours[of] / bare[of]);
  const busy = ratios('utilization');
  const fast = ratios('throughput');
  const bareSide = side(pairs, 'bare');
  const oursSide = side(pairs, 'ours');
  const of = (windowsOfSide: readonly LaneWindow[], key: keyof LaneWindow): number =>
    median(windowsOfSide.map((window) => window[key]));
  return {
    rows: [
      { label: 'lane busy, bare calls', value: of(bareSide, 'utilization'), unit: 'of 1' },
      { label: 'lane busy, ours', value: of(oursSide, 'utilization'), unit: 'of 1' },
      { label: 'lane busy, ours ÷ bare, least window', value: quantile(busy, 0), unit: '×' },
      { label: 'lane busy, ours ÷ bare, greatest window', value: quantile(busy, 1), unit: '×' },
      { label: 'lane time of one sign-up, bare calls', value: of(bareSide, 'activeMs'), unit: 'ms' },
      { label: 'lane time of one sign-up, ours', value: of(oursSide, 'activeMs'), unit: 'ms' },
      { label: 'sign-ups, bare calls', value: of(bareSide, 'throughput'), unit: '1/s' },
      { label: 'sign-ups, ours', value: of(oursSide, 'throughput'), unit: '1/s' },
      { label: 'sign-ups, ours ÷ bare, least window', value: quantile(fast, 0), unit: '×' },
      { label: 'sign-ups, ours ÷ bare, greatest window', value: quantile(fast, 1), unit: '×' },
      {
        label: `${PER_WINDOW} starts at once → first call at LibreChat`,
        value: of(oursSide, 'startMs'),
        unit: 'ms',
      },
      { label: 'last answer of LibreChat → last result', value: of(oursSide, 'endMs'), unit: 'ms' },
    ],
    figures: { saturation: median(busy), throughput_vs_bare: median(fast) },
  };
}
