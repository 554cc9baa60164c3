import { jest } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import { fleetRun, type FleetRun } from '../../workers/cli/fleet/fleet-run.ts';
import { FLEET_QUERIES, type FleetProgress, type FleetVerdict } from '../../contract/fleet.ts';
import { fleetTaskQueue, fleetWorkflowId } from '../../contract/ids.ts';
import type { WorkflowSignatures } from '../../contract/messages.ts';
import { addLinkedUsers, type LinkedUser } from '../../tools/linked-users.ts';
import { startWorker, type WorkerProcess } from '../../tools/processes/worker.ts';
import type { World } from '../../tools/world.ts';
import { loginWithRow, passwordsWritten, watchPasswords } from '../setup/credentials.ts';
import { eventually } from '../setup/eventually.ts';
import { testWorld } from '../setup/worlds.ts';

/** A world with a worker and users whose passwords are due. */
export interface FleetGround extends AsyncDisposable {
  readonly world: World;
  readonly users: readonly LinkedUser[];
  readonly fleet: FleetRun;
  readonly handle: WorkflowHandle<WorkflowSignatures['rotateFleet']>;
  worker: WorkerProcess;
  /** Rotations that LibreChat and the row have seen the end of. */
  rotated(): Promise<number>;
  progress(): Promise<FleetProgress>;
  paused(): Promise<FleetProgress>;
  verdict(): Promise<FleetVerdict>;
  /** Runs of rotations and shards that are open. */
  open(): Promise<number>;
}

/** For what hangs: it says what it waited for. */
const LONGEST_MS = 170_000;
/** A test waits for several things, beside one that keeps the machine busy. */
jest.setTimeout(600_000);

export async function openFleetGround(
  count: number,
  options: Parameters<typeof addLinkedUsers>[2] = {},
): Promise<FleetGround> {
  const world = await testWorld();
  const users = await addLinkedUsers(world, count, options);
  await watchPasswords(world.database);
  const ground: FleetGround = {
    world,
    users,
    fleet: fleetRun(world.client, world.taskQueue),
    handle: world.client.workflow.getHandle<WorkflowSignatures['rotateFleet']>(
      fleetWorkflowId(world.taskQueue),
    ),
    worker: await startWorker(world.environment),
    rotated: () => passwordsWritten(world.database),
    progress: () => ground.handle.query<FleetProgress>(FLEET_QUERIES.progress),
    async paused() {
      await eventually(
        'the run is paused',
        async () => (await ground.progress()).state === 'paused',
        LONGEST_MS,
      );
      return ground.progress();
    },
    async verdict() {
      const ended = async (): Promise<boolean> => (await ground.handle.describe()).status.name !== 'RUNNING';
      await eventually('the run has ended', ended, LONGEST_MS).catch(async (error: unknown) => {
        throw new Error(JSON.stringify(await ground.progress()), { cause: error });
      });
      return ground.handle.result();
    },
    async open() {
      const query = `TaskQueue = '${fleetTaskQueue(world.taskQueue)}' AND ExecutionStatus = 'Running'`;
      return (await world.client.workflow.count(query)).count;
    },
    async [Symbol.asyncDispose]() {
      await ground.worker.process.stop();
      await world[Symbol.asyncDispose]();
    },
  };
  return ground;
}

/** Waits until so many have been rotated. */
export async function reach(ground: FleetGround, count: number): Promise<void> {
  await eventually(`${count} are rotated`, async () => (await ground.rotated()) >= count, LONGEST_MS);
}

/** Users whose account has had other than so many passwords: that of the beginning, and one for each rotation. */
export async function withoutPasswords(
  { world, users }: FleetGround,
  passwords: number,
): Promise<readonly string[]> {
  const seen = await Promise.all(
    users.map(async ({ id, address }) => ({ id, ...(await world.standIn.control.account(address)) })),
  );
  return seen
    .filter(({ distinctPasswords }) => distinctPasswords !== passwords)
    .map(({ id, distinctPasswords }) => `${id}: ${distinctPasswords}`);
}

/** Rows that are in doubt, or whose password does not open the account. */
export async function lockedOut({ world, users }: FleetGround): Promise<readonly string[]> {
  const { rows } = await world.database.owner.query<{ id: string }>(
    'SELECT id::text FROM users_user WHERE librechat_synced_at IS NULL',
  );
  const logins = await Promise.all(users.map(async ({ id }) => [id, await loginWithRow(world, id)] as const));
  return [
    ...rows.map(({ id }) => `${id}: in doubt`),
    ...logins.flatMap(([id, said]) => (said === 'own account' ? [] : [`${id}: ${said}`])),
  ];
}

/** Waits until so many runs of the fleet's are open. */
export const drained = (ground: FleetGround, left: number): Promise<void> =>
  // A rotation that LibreChat keeps waiting tries every 30 s.
  eventually('no other run is open', async () => (await ground.open()) === left, LONGEST_MS);
