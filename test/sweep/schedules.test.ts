import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { ScheduleDescription } from '@temporalio/client';
import { scheduleIdPrefix } from '../../contract/ids.ts';
import { applyPlan, createMissing, readSchedules } from '../../workers/schedules/apply.ts';
import { plan, type Step } from '../../workers/schedules/plan.ts';
import { schedulesOf, type WantedSchedule } from '../../workers/schedules/table.ts';
import { scheduleOptions } from '../../workers/schedules/terms.ts';
import type { World } from '../../tools/world.ts';
import { runCli, type CliResult } from '../setup/cli.ts';
import { eventually } from '../setup/eventually.ts';
import { testWorld } from '../setup/worlds.ts';

let world: World;
let prefix: string;
let wanted: readonly WantedSchedule[];
beforeAll(async () => {
  world = await testWorld();
  prefix = scheduleIdPrefix(world.taskQueue);
  wanted = wantedEvery(3_600_000);
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** Nobody works on these queues. Ours fire rarely here, so that Temporal is not filled with runs. */
const wantedEvery = (sweepEveryMs: number): readonly WantedSchedule[] =>
  schedulesOf({ taskQueue: world.taskQueue, rotationPeriodDays: 30, sweepEveryMs }).map((schedule) => ({
    ...schedule,
    firesWhenMade: false,
  }));

async function apply(schedules = wanted): Promise<readonly Step[]> {
  const steps = plan(schedules, await readSchedules(world.client, schedules, prefix), prefix);
  await applyPlan(world.client, schedules, steps);
  return steps;
}

const kindsOf = (steps: readonly Step[]): readonly string[] => steps.map(({ kind }) => kind);
const handle = (name: string) => world.client.schedule.getHandle(`${prefix}${name}`);
const describeOne = (name: string): Promise<ScheduleDescription> => handle(name).describe();

afterEach(async () => {
  for (const { id } of wanted)
    await world.client.schedule
      .getHandle(id)
      .delete()
      .catch(() => undefined);
});

describe('to apply', () => {
  test('makes the schedules, and finds nothing to do the second time', async () => {
    expect(kindsOf(await apply())).toEqual(['create', 'create']);
    expect(kindsOf(await apply())).toEqual(['unchanged', 'unchanged']);
    const { policies, action } = await describeOne('rotate-fleet');
    expect(policies).toMatchObject({ overlap: 'SKIP', catchupWindow: 3_600_000 });
    expect(action).toMatchObject({ workflowType: 'startFleet', taskQueue: `${world.taskQueue}-fleet` });
  });

  test('changes what differs, and leaves a pause to the operator', async () => {
    await apply();
    await handle('reconcile').pause('LibreChat is being moved');
    const steps = await apply(wantedEvery(7_200_000));
    expect(kindsOf(steps)).toEqual(['update', 'unchanged']);
    const { state, spec } = await describeOne('reconcile');
    expect(state).toMatchObject({ paused: true, note: 'LibreChat is being moved' });
    expect(spec.intervals).toMatchObject([{ every: 7_200_000 }]);
    expect(kindsOf(await apply(wantedEvery(7_200_000)))).toEqual(['unchanged', 'unchanged']);
  });

  test('puts right what somebody has changed by hand', async () => {
    await apply();
    await handle('reconcile').update((previous) => ({
      ...previous,
      spec: { calendars: [{ hour: 3 }] },
      policies: { ...previous.policies, overlap: 'ALLOW_ALL' },
    }));
    const [step] = await apply();
    expect(step?.kind === 'update' ? step.changes : []).toEqual([
      { term: 'every', from: 'otherwise', to: '1 h' },
      { term: 'overlap', from: 'ALLOW_ALL', to: 'SKIP' },
    ]);
    expect(kindsOf(await apply())).toEqual(['unchanged', 'unchanged']);
  });

  test('deletes one of ours that is not used any more, and no other', async () => {
    const [some] = wanted;
    const options = scheduleOptions(some?.settings as WantedSchedule['settings']);
    const others = [`${prefix}old`, `${world.taskQueue}/scheduled`];
    for (const scheduleId of others)
      await world.client.schedule.create({ ...options, scheduleId, state: { paused: true } });
    await eventually('all are listed', async () => {
      const listed: string[] = [];
      for await (const { scheduleId } of world.client.schedule.list()) listed.push(scheduleId);
      return others.every((id) => listed.includes(id));
    });
    expect(await apply()).toContainEqual(expect.objectContaining({ kind: 'delete', id: others[0] }));
    await expect(handle('old').describe()).rejects.toThrow('not found');
    const theirs = world.client.schedule.getHandle(others[1] ?? '');
    await theirs.describe();
    await theirs.delete();
  });

  test('is done by many at once as by one', async () => {
    await Promise.all(Array.from({ length: 5 }, () => apply()));
    await Promise.all(
      Array.from({ length: 5 }, (_, index) => apply(wantedEvery(3_600_000 * (1 + (index % 2))))),
    );
    expect(kindsOf(await apply(wantedEvery(60_000)))).toEqual(['update', 'unchanged']);
    expect((await describeOne('reconcile')).spec.intervals).toMatchObject([{ every: 60_000 }]);
  });
});

test('who keeps the schedules makes those that are missing, and changes none', async () => {
  await apply(wantedEvery(7_200_000));
  await handle('rotate-fleet').delete();
  expect(await createMissing(world.client, wanted)).toEqual([`${prefix}rotate-fleet`]);
  expect(await createMissing(world.client, wanted)).toEqual([]);
  expect((await describeOne('reconcile')).spec.intervals).toMatchObject([{ every: 7_200_000 }]);
});

describe('the command', () => {
  const cli = (...args: string[]): Promise<CliResult> =>
    runCli(['schedules', ...args], {
      TEMPORAL_ADDRESS: world.environment['TEMPORAL_ADDRESS'],
      LIBRECHAT_TASK_QUEUE: world.taskQueue,
      ROTATION_PERIOD_DAYS: '14',
    });

  test('tells the plan and changes nothing, then does it and records that', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hestami-schedules-'));
    const audit = join(folder, 'audit.jsonl');
    await apply(wanted.slice(1));
    const dry = await cli('apply', '--dry-run');
    expect(dry).toMatchObject({ code: 0, notes: '' });
    expect(dry.out.split('\n')).toEqual([
      expect.stringMatching(new RegExp(`^create ${prefix}reconcile: every 30 s, .*reconcileAccounts`)),
      `update ${prefix}rotate-fleet: arguments [{"mode":"due","periodDays":30}] → [{"mode":"due","periodDays":14}]`,
      '',
    ]);
    expect((await cli()).out).toContain('missing');
    const done = await cli('apply', '--why', 'a shorter period', '--audit-file', audit);
    expect(done).toEqual({ ...dry, notes: '' });
    expect((await cli('apply', '--dry-run')).out).toBe(
      `unchanged ${prefix}reconcile\nunchanged ${prefix}rotate-fleet\n`,
    );
    const lines = (await readFile(audit, 'utf8')).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ action: 'schedules apply', why: 'a shorter period', result: 'begun' }),
      expect.objectContaining({ create: 1, update: 1, result: 'done' }),
    ]);
    await rm(folder, { recursive: true });
  });

  test('lists what there is, when it fires next, and what is paused', async () => {
    await apply();
    await handle('rotate-fleet').pause('holidays');
    const { code, out } = await cli('list');
    expect(code).toBe(0);
    expect(out).toMatch(/schedule\/reconcile: every 1 h, .*; next \d{4}-\d\d-\d\dT/);
    expect(out).toMatch(/schedule\/rotate-fleet: every 1 d, .*; paused \(holidays\)/);
    await handle('reconcile').delete();
    expect(await cli('list')).toMatchObject({ code: 1 });
  });

  test('knows no other verb', async () => {
    expect(await cli('drop')).toMatchObject({ code: 2, out: '' });
  });
});
