import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { billedActions } from '../../tools/billed-actions.ts';
import { alternate, side } from '../harness/alternate.ts';
import { newPassword, signUpBare } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { spread } from '../harness/spread.ts';
import { quantile } from '../harness/statistics.ts';
import { timed } from '../harness/timed.ts';
import { heartbeatsIn, openRotateSetting } from './setting.ts';

const SAMPLES = { quick: 10, full: 120 } as const;
const WARM_UP = 10;

/** What rotation adds to the bare calls, one user at a time, and what it is billed for. */
export async function measureRotationLatency(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openRotateSetting(context);
  const { world, worker, seen, addProvisioned, rotate } = setting;
  await using bare = openBareCalls(world.standIn.url, 1);
  const [id = ''] = await addProvisioned(1);
  const [account] = await signUpBare(bare, 1);

  const sides = {
    bare: () => timed(() => bare.rotate(account?.email ?? '', newPassword())),
    ours: () => timed(() => rotate(id)),
  };
  await alternate(WARM_UP, sides);
  const count = SAMPLES[quick ? 'quick' : 'full'];
  log(`Rotating one user ${count} times, in turn with the bare calls`);
  const before = heartbeatsIn(seen);
  const pairs = await alternate(count, sides);
  const workflowId = accountWorkflowId(parseDjangoUserId(id));
  const actions = billedActions(await world.client.workflow.getHandle(workflowId).fetchHistory());
  await worker.process.stop();

  const [bareMs, ourMs] = [side(pairs, 'bare'), side(pairs, 'ours')];
  return {
    rows: [
      ...spread('bare calls, one at a time', bareMs, [50, 95]),
      ...spread('rotation → verdict', ourMs, [50, 95]),
      {
        label: 'rotation → verdict, beyond the bare median, p50',
        value: quantile(ourMs, 0.5) - quantile(bareMs, 0.5),
        unit: 'ms',
      },
      {
        label: 'heartbeats of one rotation, one at a time',
        value: (heartbeatsIn(seen) - before) / count,
        unit: '',
      },
    ],
    figures: { actions_per_rotation: actions.length },
  };
}
