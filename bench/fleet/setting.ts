import { accountWorkflowId, fleetTaskQueue, fleetWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import type { FleetRequest, FleetVerdict } from '../../contract/fleet.ts';
import { addLinkedUsers, type LinkedUser } from '../../tools/linked-users.ts';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import { fleetRun } from '../../workers/cli/fleet/fleet-run.ts';
import type { BenchContext } from '../harness/bench.ts';
import { openSetting, type Setting } from '../harness/setting.ts';
import { startBenchWorker, type BenchWorker } from '../harness/worker.ts';

/** Where the fleet is measured: a world with one worker, and users whose passwords are due. */
export interface FleetSetting extends AsyncDisposable {
  readonly world: Setting['world'];
  readonly worker: BenchWorker;
  readonly users: readonly LinkedUser[];
  /** Starts a run, as an operator does. */
  readonly start: (request: FleetRequest) => Promise<void>;
  /** Waits for the end of the run. Throws when a user was not rotated. */
  readonly ended: () => Promise<FleetVerdict>;
}

export async function openFleetSetting(
  context: BenchContext,
  count: number,
  standInFlags: StandInFlags = {},
): Promise<FleetSetting> {
  const setting = await openSetting(context, standInFlags);
  const { world, cores } = setting;
  const users = await addLinkedUsers(world, count);
  const worker = await startBenchWorker(world.environment, { core: cores.worker });
  const fleet = fleetRun(world.client, world.taskQueue);
  return {
    world,
    worker,
    users,
    async start(request) {
      if ((await fleet.start(request)) !== 'started') throw new Error('A run is open already');
    },
    async ended() {
      const handle = world.client.workflow.getHandle<() => Promise<FleetVerdict>>(
        fleetWorkflowId(world.taskQueue),
      );
      const verdict = await handle.result();
      const { due, tally, outcome } = verdict;
      if (outcome === 'finished' && tally.rotated !== due)
        throw new Error(`A run ended as ${JSON.stringify(verdict)}`);
      return verdict;
    },
    async [Symbol.asyncDispose]() {
      await worker[Symbol.asyncDispose]();
      await setting[Symbol.asyncDispose]();
    },
  };
}

/** The runs of the world's fleet and of its users' rotations: where each history is. */
export async function runsOf({
  world,
  users,
}: FleetSetting): Promise<readonly { workflowId: string; runId: string; bytes: number }[]> {
  const runs: { workflowId: string; runId: string; bytes: number }[] = [];
  const ours = new Set(users.map(({ id }) => accountWorkflowId(parseDjangoUserId(id))));
  const query = `TaskQueue = '${fleetTaskQueue(world.taskQueue)}'`;
  for await (const { workflowId, runId, historySize, type } of world.client.workflow.list({ query })) {
    if (type === 'rotateCredential' && !ours.has(workflowId)) continue;
    runs.push({ workflowId, runId, bytes: historySize ?? 0 });
  }
  return runs;
}
