import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import { IDLE_CONNECTION_MS } from '../harness/bare-calls.ts';
import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { quantile } from '../harness/statistics.ts';
import { openFleetSetting } from './setting.ts';

/**
 * LibreChat's limit of reset requests is what sets the pace, as in production: 30 % of it are left to interactive work, the
 * others are rotations. A window is thought to end up to two seconds late.
 */
const PACES: readonly { readonly name: string; readonly flags: StandInFlags }[] = [
  { name: '0.1', flags: { 'reset-password-max': 2, 'reset-password-window': 8 / 60 } },
  { name: '0.5', flags: { 'reset-password-max': 9, 'reset-password-window': 10 / 60 } },
  { name: '1', flags: { 'reset-password-max': 18, 'reset-password-window': 10 / 60 } },
  { name: '2', flags: { 'reset-password-max': 35, 'reset-password-window': 10 / 60 } },
  { name: 'full', flags: {} },
];

const USERS = 200;
const SECONDS = { quick: 5, full: 20 } as const;
/** Of somebody else's calls, one after the other. */
const PAUSE_MS = 25;

/** How much longer an unrelated call to LibreChat takes while the fleet rotates at some pace. Real cost of hashing. */
export async function measureHarm(context: BenchContext): Promise<Findings> {
  const { quick, log } = context;
  const ms = SECONDS[quick ? 'quick' : 'full'] * 1_000;
  const rows: Row[] = [];
  const figures: Record<string, number> = {};
  for (const { name, flags } of PACES) {
    log(`GETs beside a fleet run at ${name} per second`);
    await using setting = await openFleetSetting(context, USERS, flags);
    const { world, start, ended } = setting;
    if (rows.length === 0) {
      const alone = await watchGets(world.standIn.url, ms);
      rows.push(...describe('without a fleet', alone));
      figures['get_p99_ms_alone'] = quantile(alone, 0.99);
    }
    await start({ mode: 'due' });
    await firstRotation(setting);
    const { logins } = await loginsOf(setting);
    const beside = await watchGets(world.standIn.url, ms);
    const perSecond = ((await loginsOf(setting)).logins - logins) / (ms / 1_000);
    rows.push({ label: `rotations, at ${name} per second wanted`, value: perSecond, unit: '1/s' });
    rows.push(...describe(`at ${name} per second`, beside));
    figures[`get_p99_ms_at_${name}`] = quantile(beside, 0.99);
    await world.client.workflow.getHandle(`${world.taskQueue}/fleet`).signal('abort');
    await ended();
  }
  return { rows, figures };
}

const describe = (when: string, times: readonly number[]): readonly Row[] => [
  { label: `GET ${when}, median`, value: quantile(times, 0.5), unit: 'ms' },
  { label: `GET ${when}, p99`, value: quantile(times, 0.99), unit: 'ms' },
];

/** Each rotation ends with one login. */
async function loginsOf({
  world,
}: Awaited<ReturnType<typeof openFleetSetting>>): Promise<{ logins: number }> {
  const { routes } = await world.standIn.control.counters();
  return { logins: routes['login']?.statuses['200'] ?? 0 };
}

async function firstRotation(setting: Awaited<ReturnType<typeof openFleetSetting>>): Promise<void> {
  await setting.world.standIn.control.reached({ route: 'login', at: 'session-created' });
}

async function watchGets(url: string, ms: number): Promise<readonly number[]> {
  const pool = new Pool(url, { connections: 1, keepAliveMaxTimeout: IDLE_CONNECTION_MS });
  const times: number[] = [];
  try {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(PAUSE_MS)) {
      const begin = performance.now();
      const { body } = await pool.request({ method: 'GET', path: '/api/config' });
      await body.text();
      times.push(performance.now() - begin);
    }
  } finally {
    await pool.destroy();
  }
  return times;
}
