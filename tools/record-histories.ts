/*
 * npm run histories [-- workflow…]
 * Plays every course of every workflow, or of the named ones, on real parts of its own and writes the histories to
 * test/histories. When to do so: CONTRIBUTING.md, "A change to a workflow".
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TASK_QUEUE } from '../contract/ids.ts';
import { recordSignOuts } from './histories/close-session.ts';
import { recordErasures, recordSuspensions } from './histories/end-account.ts';
import { recordProvisionings } from './histories/provision-account.ts';
import { Recorder } from './histories/recorder.ts';
import { recordSweeps } from './histories/reconcile-accounts.ts';
import { recordRefreshes } from './histories/refresh-session.ts';
import { recordRotations } from './histories/rotate-credential.ts';
import { recordFleets } from './histories/rotate-fleet.ts';
import { recordShards } from './histories/rotate-shard.ts';
import { recordFleetStarts } from './histories/start-fleet.ts';
import { startParts } from './parts/index.ts';
import { startWorker } from './processes/worker.ts';
import { openWorld } from './world.ts';

const FOLDER = fileURLToPath(new URL('../test/histories/', import.meta.url));

const own = { own: true };
await using parts = await startParts({ temporal: own, postgres: own, redis: own, log: console.log });
const addresses = {
  temporalAddress: parts.temporal.address,
  postgresUrl: parts.postgres.adminUrl,
  redisUrl: parts.redis.url,
};
await using world = await openWorld(addresses, { taskQueue: TASK_QUEUE, standInFlags: { 'bcrypt-cost': 4 } });
// Histories keep the names of who wrote them.
const environment = { ...world.environment, WORKER_IDENTITY: 'recorded', WORKFLOW_BUNDLE: undefined };
await using _worker = (await startWorker(environment)).process;

const courses = {
  provisionAccount: recordProvisionings,
  rotateCredential: recordRotations,
  refreshSession: recordRefreshes,
  closeSession: recordSignOuts,
  reconcileAccounts: recordSweeps,
  rotateFleet: recordFleets,
  rotateShard: recordShards,
  startFleet: recordFleetStarts,
  suspendAccount: recordSuspensions,
  deleteAccount: recordErasures,
};
const named = process.argv.slice(2);
for (const [workflow, record] of Object.entries(courses)) {
  if (named.length > 0 && !named.includes(workflow)) continue;
  const recorder = new Recorder(world, join(FOLDER, workflow));
  await recorder.clear();
  await record(world, recorder, addresses.redisUrl);
}
