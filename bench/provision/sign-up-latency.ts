import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';
import { recordKeys } from '../../client/session-record/index.ts';
import { parseDjangoUserId } from '../../contract/ids.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { alternate, side } from '../harness/alternate.ts';
import { newAccount } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { openSetting } from '../harness/setting.ts';
import { spread } from '../harness/spread.ts';
import { quantile } from '../harness/statistics.ts';
import { startBenchWorker } from '../harness/worker.ts';

const SAMPLES = { quick: 10, full: 120 } as const;
const WARM_UP = 10;
/** Redis is asked so often whether the record is there. */
const POLL_MS = 2;

/** What one sign-up took; for the bare calls both are the same. */
interface SignUp {
  readonly resultMs: number;
  readonly recordMs: number;
}

/** What provisioning adds to the bare calls, one sign-up at a time, and what it is billed for. */
export async function measureSignUpLatency(context: BenchContext): Promise<Findings> {
  const { quick, log, parts } = context;
  await using setting = await openSetting(context);
  const { world, cores, addUsers } = setting;
  await using worker = await startBenchWorker(world.environment, { core: cores.worker });
  await using bare = openBareCalls(world.standIn.url, 1);
  const redis = await createClient({ url: parts.redis.url }).connect();

  const measured = async (work: () => Promise<number>): Promise<SignUp> => {
    const startedAt = performance.now();
    const recordAt = await work();
    return { resultMs: performance.now() - startedAt, recordMs: recordAt - startedAt };
  };
  const sides = {
    bare: () => measured(async () => bare.signUp(newAccount()).then(() => performance.now())),
    ours: async () => {
      const [id = ''] = await addUsers(1);
      const key = recordKeys(parseDjangoUserId(id)).session;
      return measured(async () => {
        const recordAt = whenThere(() => redis.exists(key));
        await (await world.provision(id)).result();
        return recordAt;
      });
    },
  };
  await alternate(WARM_UP, sides);
  const count = SAMPLES[quick ? 'quick' : 'full'];
  log(`Signing up ${count} users one at a time, in turn with as many bare sign-ups`);
  const pairs = await alternate(count, sides);
  const [id = ''] = await addUsers(1);
  const handle = await world.provision(id);
  await handle.result();
  const actions = billedActions(await handle.fetchHistory()).length;
  await worker.process.stop();
  redis.destroy();

  const bareMs = side(pairs, 'bare').map(({ resultMs }) => resultMs);
  const resultMs = side(pairs, 'ours').map((signUp) => signUp.resultMs);
  const recordMs = side(pairs, 'ours').map((signUp) => signUp.recordMs);
  const bareMedian = quantile(bareMs, 0.5);
  const over = (share: number): number => quantile(resultMs, share) - bareMedian;
  return {
    rows: [
      ...spread('bare calls, one at a time', bareMs, [50, 95, 99]),
      ...spread('sign-up → result of the workflow', resultMs, [50, 95, 99]),
      ...spread('sign-up → session record in Redis', recordMs, [50, 95, 99]),
      { label: 'sign-up → result, beyond the bare median, p95', value: over(0.95), unit: 'ms' },
      { label: 'sign-up → result, beyond the bare median, p99', value: over(0.99), unit: 'ms' },
    ],
    figures: { overhead_ms_p50: over(0.5), actions },
  };
}

/** When the question is answered by something other than 0. */
async function whenThere(ask: () => Promise<number>): Promise<number> {
  while ((await ask()) === 0) await sleep(POLL_MS);
  return performance.now();
}
