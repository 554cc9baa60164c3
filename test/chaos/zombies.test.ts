import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loginWithRow } from '../setup/credentials.ts';
import { testGround } from './ground.ts';
import { openSlot } from './slot.ts';
import { STAGES, type Stage } from './stages.ts';
import { sleepThroughTwo, zombieTrial, type ZombieTrial } from './zombie-trial.ts';

const ground = testGround();
const LONGEST_MS = 300_000;
const WITHOUT_FENCE = fileURLToPath(new URL('without-row-fence.ts', import.meta.url));

/** What a worker leaves behind that is not fenced off by the row and dies after the reset of its old rotation. */
async function unfencedTrial(): Promise<{ login: string; inDoubt: boolean; problems: readonly string[] }> {
  await using slot = await openSlot(ground);
  const start = stageOf('start');
  const { subject, zombie, problems } = await sleepThroughTwo(slot, start, {
    ...start.environment,
    NODE_OPTIONS: `--disable-warning=ExperimentalWarning --import=${WITHOUT_FENCE}`,
  });
  const { control } = slot.world.standIn;
  const { id, address } = subject;
  const reset = { route: 'resetPassword', address };
  await control.fault({ ...reset, at: 'password-written', action: 'hold' });
  zombie.process.signal('SIGCONT');
  await control.held({ ...reset, at: 'password-written' });
  await zombie.process.kill();
  const { librechat_synced_at: syncedAt } = await slot.world.database.user(id);
  return { login: await loginWithRow(slot.world, id), inDoubt: syncedAt === null, problems };
}

async function fencedTrial(stage: Stage): Promise<ZombieTrial> {
  await using slot = await openSlot(ground);
  return await zombieTrial(slot, stage);
}

function stageOf(name: Stage['name']): Stage {
  const stage = STAGES.find((one) => one.name === name);
  if (stage === undefined) throw new Error(`There is no stage ${name}`);
  return stage;
}

const trials = new Map<string, Promise<ZombieTrial>>();
let unfenced: ReturnType<typeof unfencedTrial>;

// All side by side: they wait for Temporal's time-outs.
beforeAll(() => {
  for (const stage of STAGES) trials.set(stage.name, fencedTrial(stage));
  unfenced = unfencedTrial();
  void Promise.allSettled([...trials.values(), unfenced]);
});

describe('a worker that stood still through its own rotation and the next one', () => {
  test.each(STAGES)(
    'changes nothing when it wakes up before: $name',
    async ({ name }) => {
      expect((await trials.get(name))?.problems).toEqual([]);
    },
    LONGEST_MS,
  );

  test(
    'would lock the user out if the row did not fence it off, and nothing would say so',
    async () => {
      expect(await unfenced).toEqual({ login: 'Incorrect password.', inDoubt: false, problems: [] });
    },
    LONGEST_MS,
  );
});
