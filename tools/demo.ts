/* make demo [ONCE=1]: the main job, on real parts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TASK_QUEUE } from '../contract/ids.ts';
import { bad, dim, good, print, printTable, title, told } from './demo/print.ts';
import { NotAsTold, type Stage } from './demo/stage.ts';
import {
  allPasswordsAreReplaced,
  aStartIsLost,
  aUserSignsUp,
  libreChatIsAway,
  nobodyIsAdministrator,
  theAdministratorCameFirst,
  twoAddressesCollide,
} from './demo/story.ts';
import { startParts, type Parts } from './parts/index.ts';
import { startStandInProcess, UNLIMITED } from './processes/stand-in.ts';
import { startWorker } from './processes/worker.ts';
import { openWorld } from './world.ts';

async function main(once: boolean): Promise<number> {
  title('Starting Temporal, PostgreSQL, Redis, a LibreChat stand-in and a worker');
  await using parts = await startParts({ temporal: { ui: true }, log: (line) => told(dim(line)) });
  const folder = await mkdtemp(join(tmpdir(), 'hestami-demo-'));
  try {
    return await play(parts, join(folder, 'librechat.json'), once);
  } catch (error) {
    if (!(error instanceof NotAsTold)) throw error;
    print(`\n${bad('Not as told:')} ${error.message}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function play(parts: Parts, snapshot: string, once: boolean): Promise<number> {
  const addresses = {
    temporalAddress: parts.temporal.address,
    postgresUrl: parts.postgres.adminUrl,
    redisUrl: parts.redis.url,
  };
  // Small ids read better, but only on a Temporal of our own are they sure to be free.
  const ids = (firstUserId: number): { firstUserId?: number } =>
    parts.temporal.uiUrl === null ? {} : { firstUserId };
  await using world = await openWorld(addresses, {
    taskQueue: TASK_QUEUE,
    standInFlags: { snapshot },
    ...ids(1),
  });
  // On somebody else's Temporal they would go on firing after the demo.
  const ownTemporal = parts.temporal.uiUrl !== null;
  const worker = await startWorker({ ...world.environment, SCHEDULES: ownTemporal ? 'apply' : 'off' });
  told(`worker ready: ${worker.healthUrl}/readyz`);
  const stage: Stage = { world, characters: [], redisUrl: addresses.redisUrl };
  await aUserSignsUp(stage);
  await theAdministratorCameFirst(stage);
  const port = Number(new URL(world.standIn.url).port);
  await using libreChat = (
    await libreChatIsAway(stage, () => startStandInProcess({ ...UNLIMITED, snapshot, port }))
  ).process;
  await twoAddressesCollide(stage);
  if (ownTemporal) await aStartIsLost(stage);
  await allPasswordsAreReplaced(stage);
  await nobodyIsAdministrator(addresses, ids(101));

  title('In the end');
  const rows = await Promise.all(
    stage.characters.map(async ({ id, address, outcome }) => {
      const row = await world.database.user(id);
      return [id, address, outcome, row.librechat_user_id ?? '–', `librechat/account/${id}`];
    }),
  );
  printTable([['user', 'signed up as', 'outcome', 'LibreChat account', 'workflow'], ...rows]);
  print(`\n${good('Everything went as told.')}`);
  if (!once) {
    if (parts.temporal.uiUrl !== null) {
      told(`Temporal's UI: ${parts.temporal.uiUrl}/namespaces/default/workflows`);
    }
    told(dim('Ctrl-C ends it all.'));
    await untilInterrupted();
  }
  await worker.process.stop();
  await libreChat.stop();
  return 0;
}

async function untilInterrupted(): Promise<void> {
  const keepAlive = setInterval(() => undefined, 60_000);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  clearInterval(keepAlive);
  print();
}

process.exitCode = await main((process.env['ONCE'] ?? '') !== '');
