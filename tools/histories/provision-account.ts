import type { WorkflowHandle } from '@temporalio/client';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { PROVISION_SIGNALS } from '../../contract/messages.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

type Started = WorkflowHandle & { readonly firstExecutionRunId: string };

/** Plays every course that `provisionAccount` can take, and records its runs. */
export async function recordProvisionings(world: World, recorder: Recorder): Promise<void> {
  await recordEnds(world, recorder);
  await recordFailures(world, recorder);
  await recordBlocked(world, recorder);
  await recordCancelled(world, recorder);
}

async function recordEnds(world: World, recorder: Recorder): Promise<void> {
  const { database, standIn } = world;
  const play = async (name: string, id: string): Promise<void> => {
    const handle = await start(world, id);
    await handle.result();
    await recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
  };
  const id = await database.addUser({ email: 'provisioned@example.com' });
  await play('provisioned', id);
  await play('already', id);
  await play('gone', '1');
  await play('inactive', await database.addUser({ email: 'inactive@example.com', active: false }));
  const address = 'third-time@example.com';
  await standIn.control.fault({ route: 'login', action: 'status', status: 503, times: 2, address });
  await play('third-attempt', await database.addUser({ email: address }));
}

async function recordFailures({ client, taskQueue }: World, recorder: Recorder): Promise<void> {
  const play = async (name: string, workflowId: string, djangoUserId: string): Promise<void> => {
    const handle = await client.workflow.start('provisionAccount', {
      workflowId,
      taskQueue,
      args: [{ djangoUserId }],
    });
    await handle.result().catch(() => undefined);
    await recorder.record(name, workflowId, handle.firstExecutionRunId);
  };
  await play('second-spelling', 'librechat/account/042', '042');
  await play('of-somebody-else', 'librechat/account/42', '43');
}

async function recordBlocked(world: World, recorder: Recorder): Promise<void> {
  const { database, client, taskQueue } = world;
  const id = await database.addUser({ email: '' });
  const handle = await start(world, id);
  const first = handle.firstExecutionRunId;
  await recorder.blocked(handle, first);
  await recorder.record('blocked-waits', handle.workflowId, first);
  await handle.signal(PROVISION_SIGNALS.retryNow);
  const second = await recorder.recordContinued('blocked-then-retry-now', handle.workflowId, first);
  await recorder.blocked(handle, second);
  await database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [id, 'now@example.com']);
  await handle.signal(PROVISION_SIGNALS.changed);
  const third = await recorder.recordContinued('blocked-again-then-changed', handle.workflowId, second);
  await handle.result();
  await recorder.record('unblocked', handle.workflowId, third);

  const late = await database.addUser({ email: 'nobody@localhost' });
  const signalled = await client.workflow.signalWithStart('provisionAccount', {
    workflowId: accountWorkflowId(parseDjangoUserId(late)),
    taskQueue,
    args: [{ djangoUserId: late }],
    signal: PROVISION_SIGNALS.changed,
  });
  await recorder.blocked(signalled, signalled.signaledRunId);
  await recorder.record('blocked-though-signalled-with-start', signalled.workflowId, signalled.signaledRunId);
  await signalled.terminate('recorded');
}

async function recordCancelled(world: World, recorder: Recorder): Promise<void> {
  const { database, standIn } = world;
  const waiting = await start(world, await database.addUser({ email: '' }));
  await recorder.blocked(waiting, waiting.firstExecutionRunId);
  await cancel(waiting);
  await recorder.record('blocked-then-cancelled', waiting.workflowId, waiting.firstExecutionRunId);

  const address = 'cancelled@example.com';
  await standIn.control.fault({ route: 'login', at: 'answer', action: 'hold', address });
  const running = await start(world, await database.addUser({ email: address }));
  await standIn.control.held({ route: 'login', at: 'answer', address });
  await running.cancel();
  await standIn.control.release({ address });
  await running.result().catch(() => undefined);
  await recorder.record('cancelled-in-its-step', running.workflowId, running.firstExecutionRunId);
}

const start = async (world: World, id: string): Promise<Started> => (await world.provision(id)) as Started;

async function cancel(handle: WorkflowHandle): Promise<void> {
  await handle.cancel();
  await handle.result().catch(() => undefined);
}
