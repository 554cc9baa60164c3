import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fleetWorkflowId } from '../../contract/ids.ts';
import type { FleetVerdict } from '../../contract/fleet.ts';
import { addLinkedUsers } from '../../tools/linked-users.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { RouteCounter } from '../../tools/processes/stand-in-control.ts';
import type { World } from '../../tools/world.ts';
import { fleetRun } from '../../workers/cli/fleet/fleet-run.ts';
import { testWorld } from '../setup/worlds.ts';
import { startBff, type Bff } from '../sessions/setup.ts';
import { haveTraffic, type Met, type Pace } from './traffic.ts';

/** LibreChat's default limits, with all windows shorter by this factor: 7 logins in 10 s, 5 registrations in 2 min. */
const FACTOR = 30;
const MINUTE_MS = 60_000 / FACTOR;
/** Two cores are shared by all that a test starts: this much is no starvation. */
const SLACK_MS = 1_000;
/** Whoever finds all logins used up gets one when the next of these windows begins. */
const LOGIN_WINDOW_MS = 5 * MINUTE_MS;
const LIMITS = {
  'login-max': 7,
  'login-window': 5 / FACTOR,
  'register-max': 5,
  'register-window': 60 / FACTOR,
  'reset-password-max': 2,
  'reset-password-window': 2 / FACTOR,
  'ban-violations': 'true',
  // So that most visits need a refresh.
  'session-expiry': 6_000,
};
const PACE: Pace = { signUpEvery: 12 * MINUTE_MS, newVisitorEvery: 5 * MINUTE_MS, visitEvery: 5_000 };

/** `SOAK_SECONDS` for more: without the fleet for a part of it, and with it for the rest. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 75);
const QUIET_MS = SECONDS * 400;
const BUSY_MS = SECONDS * 600;
/** In this time LibreChat's limits leave room for two rotations at least, whatever people do. */
const TWO_ROTATIONS_MS = 10 * MINUTE_MS;

const FLEET_USERS = 60;

let world: World;
let workers: WorkerProcess[];
let bff: Bff;
let quiet: Met;
let busy: Met;
let verdict: FleetVerdict;
let routes: Readonly<Record<string, RouteCounter>>;

beforeAll(
  async () => {
    world = await testWorld({ standInFlags: LIMITS });
    await world.standIn.control.changeAccount('admin@example.com', {
      create: true,
      role: 'ADMIN',
      password: 'an-admin',
    });
    const environment = { ...world.environment, LIBRECHAT_ADMIN_BOOTSTRAP: 'off', WORKER_COUNT: '2' };
    workers = await Promise.all([startWorker(environment), startWorker(environment)]);
    bff = await startBff(world);
    await addLinkedUsers(world, FLEET_USERS);
    const count = Math.ceil((SECONDS * 1_000) / PACE.newVisitorEvery);
    const visitors = await addLinkedUsers(world, count, { prefix: 'visitor', mintedAt: () => new Date() });
    const before = Math.ceil(QUIET_MS / PACE.newVisitorEvery);
    quiet = await haveTraffic(world, bff, visitors.slice(0, before), PACE, QUIET_MS);
    const fleet = fleetRun(world.client, world.taskQueue);
    await fleet.start({ mode: 'due' });
    busy = await haveTraffic(world, bff, visitors.slice(before), PACE, BUSY_MS);
    await fleet.signal('abort');
    verdict = await world.client.workflow.getHandle(fleetWorkflowId(world.taskQueue)).result();
    ({ routes } = await world.standIn.control.counters());
    console.log(tell());
  },
  SECONDS * 1_000 + 120_000,
);
afterAll(async () => {
  await bff[Symbol.asyncDispose]();
  await Promise.all(workers.map(({ process }) => process.stop()));
  await world[Symbol.asyncDispose]();
});

const WISHES: readonly (readonly [string, (met: Met) => readonly number[]])[] = [
  ['sign-ups', ({ signUps }) => signUps],
  ['first visits', ({ firstVisits }) => firstVisits],
  ['later visits', ({ laterVisits }) => laterVisits],
];

/** The numbers, for whoever reads the log. */
function tell(): string {
  return [
    ...WISHES.map(
      ([name, pick]) =>
        `${name.padEnd(14)} without the fleet ${spread(pick(quiet))}, with it ${spread(pick(busy))}`,
    ),
    `told to wait   without the fleet ${quiet.toldToWait.length}, with it ${busy.toldToWait.length}`,
    `rotations      ${verdict.tally.rotated} in ${BUSY_MS / 1_000} s`,
    `calls          ${JSON.stringify(Object.fromEntries(Object.entries(routes).map(([name, { statuses }]) => [name, statuses])))}`,
  ].join('\n');
}

function spread(values: readonly number[]): string {
  const [median, longest] = [medianOf(values), Math.max(0, ...values)].map(Math.round);
  return `${values.length}: median ${median} ms, longest ${longest} ms`;
}

/** Of an even number the greater one: of two, the faster one says nothing. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

describe('two workers with a fleet run, sign-ups and visits, at LibreChat’s default limits', () => {
  const answered = (status: string): string[] =>
    Object.entries(routes).flatMap(([name, { statuses }]) =>
      statuses[status] === undefined ? [] : [`${name}: ${statuses[status]}`],
    );

  test('LibreChat never has to refuse a call', () => {
    expect(answered('429')).toEqual([]);
  });

  test('nobody is banned', () => {
    expect(answered('403')).toEqual([]);
  });

  test('everybody who signs up is provisioned, and every visit gets a session', () => {
    // Those who did not would still be waited for.
    expect(quiet.signUps.length).toBeGreaterThan(1);
    expect(busy.signUps.length).toBeGreaterThan(1);
    expect(busy.firstVisits.length).toBeGreaterThan(1);
    expect(busy.laterVisits.length).toBeGreaterThan(busy.firstVisits.length);
  });

  test.each(WISHES)('the fleet does not starve the %s', (_, pick) => {
    expect(medianOf(pick(busy))).toBeLessThan(3 * medianOf(pick(quiet)) + SLACK_MS);
    expect(Math.max(...pick(busy))).toBeLessThan(LOGIN_WINDOW_MS);
  });

  test('hardly anybody is told to wait because of the fleet', () => {
    const asBefore = (quiet.toldToWait.length * BUSY_MS) / QUIET_MS;
    expect(busy.toldToWait.length).toBeLessThanOrEqual(asBefore + 1);
  });

  test('the fleet gets on meanwhile, with no failures', () => {
    expect(verdict.tally.rotated).toBeGreaterThanOrEqual(2 * Math.floor(BUSY_MS / TWO_ROTATIONS_MS));
    expect(verdict.tally).toMatchObject({ unverified: 0, lost: 0, drift: 0, failed: {} });
  });

  test('no row is left in doubt', async () => {
    const { rows } = await world.database.owner.query(
      'SELECT id FROM users_user WHERE librechat_user_id IS NOT NULL AND librechat_synced_at IS NULL',
    );
    expect(rows).toEqual([]);
  });
});
