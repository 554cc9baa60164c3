import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sessionWorkflowId } from '../../contract/ids.ts';
import type { RefreshVerdict } from '../../contract/messages.ts';
import { USABLE_FOR_MS } from '../../contract/numbers.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { eventually } from '../setup/eventually.ts';
import { seededRandom } from '../setup/seeded-random.ts';
import { addProvisioned, type UserInWorld } from '../setup/user-in-world.ts';
import { testWorld } from '../setup/worlds.ts';
import type { Got } from './bff-process.ts';
import { startBffProcess, type BffProcess } from './burst-processes.ts';
import { openVault, type Vault } from './setup.ts';

const PROCESSES = 4;
const CALLS_PER_PROCESS = 50;
const ROUNDS = 50;
/** So long before or after the calls a token may cease to be usable (ms). */
const AROUND_MS = 300;
/** More than this is left of a token only when it is a new one (ms). */
const FRESH_MS = 800_000;

const dice = seededRandom();

let world: World;
let worker: WorkerProcess;
let vault: Vault;
let user: UserInWorld;
let processes: readonly BffProcess[];
beforeAll(async () => {
  world = await testWorld();
  worker = await startWorker(world.environment);
  vault = await openVault(world);
  user = await addProvisioned(world, 'busy');
  processes = await Promise.all(Array.from({ length: PROCESSES }, () => startBffProcess(world)));
});
afterAll(async () => {
  await Promise.all(processes.map((process) => process[Symbol.asyncDispose]()));
  await vault[Symbol.asyncDispose]();
  await worker.process.stop();
  await world[Symbol.asyncDispose]();
});

/** What LibreChat was asked for so far. */
async function asked(): Promise<{ refreshes: number; logins: number }> {
  const { routes } = await world.standIn.control.counters();
  return { refreshes: routes['refresh']?.calls ?? 0, logins: routes['login']?.calls ?? 0 };
}

async function statusAtLibreChat(token: string): Promise<number> {
  const response = await fetch(`${world.standIn.url}/api/user`, {
    headers: { authorization: `Bearer ${token}` },
  });
  await response.arrayBuffer();
  return response.status;
}

/** A refresh in the background goes on after the answers; the next round would take its time away from it. */
async function roundIsOver(): Promise<void> {
  await eventually('the session is fresh', async () => {
    const [got] = (await processes[0]?.requests(user.id, 1)) ?? [];
    return got !== undefined && 'token' in got && got.leftMs > FRESH_MS;
  });
  await eventually('no refresh runs', async () => {
    const { status } = await world.client.workflow.getHandle(sessionWorkflowId(user.key)).describe();
    return status.name !== 'RUNNING';
  });
}

interface Round {
  /** What was left of the token when the calls came (ms). */
  readonly leftMs: number;
  readonly refreshes: number;
  readonly logins: number;
  readonly errors: readonly string[];
  /** What LibreChat says to the tokens that were given out. */
  readonly statuses: readonly number[];
  readonly leastLeftMs: number;
  readonly sessions: number;
}

/** Lets all processes ask at once, so long before the end of the token. */
async function round(leftMs: number): Promise<Round> {
  const before = await asked();
  await vault.age(user.key, leftMs);
  const all = await Promise.all(processes.map((process) => process.requests(user.id, CALLS_PER_PROCESS)));
  const got: readonly Got[] = all.flat();
  const sessions = got.filter((one) => 'token' in one);
  const tokens = new Set(sessions.map(({ token }) => token));
  const statuses = await Promise.all([...tokens].map(statusAtLibreChat));
  await roundIsOver();
  const after = await asked();
  return {
    leftMs,
    refreshes: after.refreshes - before.refreshes,
    logins: after.logins - before.logins,
    errors: got.flatMap((one) => ('error' in one ? [one.error] : [])),
    statuses: [...new Set(statuses)],
    leastLeftMs: Math.min(...sessions.map(({ leftMs }) => leftMs)),
    sessions: sessions.length,
  };
}

describe('200 requests of one user in 4 processes at once', () => {
  test(`cost one refresh when the token has expired, in ${ROUNDS} rounds (seed ${dice.seed})`, async () => {
    for (let count = 0; count < ROUNDS; count++) {
      // Of three rounds one finds an expired token, and two find one that ceases to be usable just then.
      const around = USABLE_FOR_MS - AROUND_MS + dice.below(2 * AROUND_MS);
      const { leftMs, leastLeftMs, ...seen } = await round(count % 3 === 0 ? -1 : around);
      expect({ round: count, leftMs, ...seen }).toEqual({
        round: count,
        leftMs,
        sessions: PROCESSES * CALLS_PER_PROCESS,
        refreshes: 1,
        logins: 0,
        errors: [],
        statuses: [200],
      });
      // Tokens are at their end when they are about to arrive at LibreChat, not when they are given out.
      expect(leastLeftMs).toBeGreaterThan(USABLE_FOR_MS / 2);
    }
  });

  test('are answered by several runs, of which one calls LibreChat', async () => {
    const outcomes: string[] = [];
    const workflowId = sessionWorkflowId(user.key);
    for await (const { runId } of world.client.workflow.list({ query: `WorkflowId = '${workflowId}'` })) {
      const verdict: RefreshVerdict = await world.client.workflow.getHandle(workflowId, runId).result();
      outcomes.push(verdict.outcome);
    }
    expect(outcomes.filter((outcome) => outcome !== 'fresh')).toEqual(Array(ROUNDS).fill('renewed'));
    expect((await user.account()).sessions).toBe(1);
  });
});
