import { setTimeout as sleep } from 'node:timers/promises';
import { SessionUnavailable } from '../../client/index.ts';
import type { LinkedUser } from '../../tools/linked-users.ts';
import type { World } from '../../tools/world.ts';
import type { Bff } from '../sessions/setup.ts';

/** What people met in a while. Latencies in ms, from the wish to its fulfilment. */
export interface Met {
  readonly signUps: number[];
  readonly firstVisits: number[];
  readonly laterVisits: number[];
  /** Visits that were told to come again, by code. */
  readonly toldToWait: string[];
}

/** How often people come (ms). Five sign-ups are what LibreChat allows in one of its windows. */
export interface Pace {
  readonly signUpEvery: number;
  readonly newVisitorEvery: number;
  readonly visitEvery: number;
}

/** Has people sign up and visit for so long (ms), and waits until each of them got what they came for. */
export async function haveTraffic(
  world: World,
  bff: Bff,
  visitors: readonly LinkedUser[],
  pace: Pace,
  forMs: number,
): Promise<Met> {
  const met: Met = { signUps: [], firstVisits: [], laterVisits: [], toldToWait: [] };
  const until = Date.now() + forMs;
  /** Not to wait for an event, but to come as people do. */
  const each = async (every: number, come: (index: number) => Promise<void>): Promise<void> => {
    const coming: Promise<void>[] = [];
    for (let index = 0; Date.now() < until; index++) {
      coming.push(come(index));
      await sleep(Math.min(every, Math.max(0, until - Date.now())));
    }
    await Promise.all(coming);
  };
  await Promise.all([
    each(pace.signUpEvery, async () => {
      const begin = performance.now();
      const id = await world.database.addUser({ email: `sign-up-${crypto.randomUUID()}@example.com` });
      const verdict: unknown = await (await world.provision(id)).result();
      met.signUps.push(performance.now() - begin);
      if ((verdict as { outcome: string }).outcome !== 'provisioned')
        throw new Error(JSON.stringify(verdict));
    }),
    each(pace.newVisitorEvery, async (index) => {
      const visitor = visitors[index];
      if (visitor === undefined) return;
      met.firstVisits.push(await visit(bff, visitor, met));
      await each(pace.visitEvery, async () => void met.laterVisits.push(await visit(bff, visitor, met)));
    }),
  ]);
  return met;
}

async function visit({ chat }: Bff, { id }: LinkedUser, { toldToWait }: Met): Promise<number> {
  const begin = performance.now();
  for (;;) {
    try {
      await chat.session(id);
      return performance.now() - begin;
    } catch (error) {
      if (!(error instanceof SessionUnavailable)) throw error;
      toldToWait.push(error.code);
      await sleep(error.retryAfterSeconds * 1_000);
    }
  }
}
