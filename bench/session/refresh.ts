import { alternate } from '../harness/alternate.ts';
import { newAccount } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { timed } from '../harness/timed.ts';
import { overheadOf } from './overhead.ts';
import { EXPIRED_MS, inTurn, openSessionSetting, PATIENCE_MS } from './setting.ts';

const SAMPLES = { quick: 20, full: 300 } as const;
const WARM_UP = 10;
const USERS = 20;

/** What `session()` adds to the refresh where the access token has expired. There is no hash in it. */
export async function measureRefresh(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openSessionSetting(context, { 'bcrypt-cost': 4 });
  const { world, vault, chat, addUsers } = setting;
  await using bare = openBareCalls(world.standIn.url, 1);
  const nextUser = inTurn(await addUsers(USERS));
  const account = newAccount();
  await bare.signUp(account);
  let refreshToken = await bare.logIn(account);

  const sides = {
    bare: () => timed(async () => (refreshToken = await bare.refresh(refreshToken))),
    async ours() {
      const user = nextUser();
      await vault.age(user, EXPIRED_MS);
      return timed(() => chat.session(user, { waitMs: PATIENCE_MS }));
    },
  };
  await alternate(WARM_UP, sides);
  const count = SAMPLES[quick ? 'quick' : 'full'];
  log(`Refreshing ${count} sessions that have expired, in turn with bare refreshes`);
  const { rows, p50 } = overheadOf(await alternate(count, sides), {
    bare: 'bare refresh',
    ours: 'session() that refreshes',
  });
  return { rows, figures: { refresh_overhead_ms_p50: p50 } };
}
