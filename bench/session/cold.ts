import type { DjangoUserId } from '../../contract/ids.ts';
import type { Vault } from '../../tools/session-vault.ts';
import { alternate } from '../harness/alternate.ts';
import { newAccount } from '../harness/bare-accounts.ts';
import { openBareCalls } from '../harness/bare-calls.ts';
import type { BenchContext, Findings } from '../harness/bench.ts';
import { timed } from '../harness/timed.ts';
import { overheadOf } from './overhead.ts';
import { inTurn, openSessionSetting, PATIENCE_MS } from './setting.ts';

const SAMPLES = { quick: 10, full: 120 } as const;
const WARM_UP = 10;
const USERS = 20;

/** What `session()` adds to the login where there is no record. Real cost: the login is a bcrypt. */
export async function measureCold(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  await using setting = await openSessionSetting(context);
  const { world, vault, chat, addUsers } = setting;
  await using bare = openBareCalls(world.standIn.url, 1);
  const nextUser = inTurn(await addUsers(USERS));
  const account = newAccount();
  await bare.signUp(account);

  const sides = {
    bare: () => timed(() => bare.logIn(account)),
    async ours() {
      const user = nextUser();
      await signOutInRedis(vault, user);
      return timed(() => chat.session(user, { waitMs: PATIENCE_MS }));
    },
  };
  await alternate(WARM_UP, sides);
  const count = SAMPLES[quick ? 'quick' : 'full'];
  log(`Opening ${count} sessions by a login, in turn with bare logins`);
  const { rows, p50 } = overheadOf(await alternate(count, sides), {
    bare: 'bare login',
    ours: 'cold session()',
  });
  return { rows, figures: { cold_overhead_ms_p50: p50 } };
}

/** As a sign-out leaves the keys when it is done, but without a call to LibreChat that would run into the next sample. */
async function signOutInRedis({ records }: Vault, user: DjangoUserId): Promise<void> {
  const { closing } = await records.close(user);
  if (closing !== null) await records.finishClose(user, closing);
}
