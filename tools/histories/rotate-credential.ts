import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import type { RotateInput } from '../../contract/messages.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

/** Plays every course that `rotateCredential` can take, and records its runs. */
export async function recordRotations(world: World, recorder: Recorder): Promise<void> {
  const { database, standIn } = world;
  const user = async (name: string): Promise<{ id: string; address: string }> => {
    const address = `${name}@example.com`;
    const id = await database.addUser({ email: address });
    await (await world.provision(id)).result();
    return { id, address };
  };
  const play = (name: string, input: RotateInput): Promise<void> => rotate(world, recorder, name, input);

  const ada = await user('rotated');
  await play('rotated', { djangoUserId: ada.id, reason: 'scheduled' });
  await play('intact', { djangoUserId: ada.id, reason: 'repair' });
  await standIn.control.changeAccount(ada.address, { password: 'set-in-librechat' });
  await play('repaired', { djangoUserId: ada.id, reason: 'repair' });
  await standIn.control.fault({ route: 'resetPassword', at: 'answer', action: 'drop', address: ada.address });
  await play('second-attempt-of-an-incident', { djangoUserId: ada.id, reason: 'incident' });
  await standIn.control.fault({ route: 'login', action: 'status', address: ada.address });
  await play('unverified', { djangoUserId: ada.id, reason: 'manual' });

  await play('gone', { djangoUserId: '1', reason: 'manual' });
  const inactive = await database.addUser({ email: 'inactive-rotation@example.com', active: false });
  await play('inactive', { djangoUserId: inactive, reason: 'manual' });
  const unlinked = await database.addUser({ email: 'unlinked@example.com' });
  await play('not-provisioned', { djangoUserId: unlinked, reason: 'manual' });

  const grace = await user('unreadable');
  await database.override('UPDATE users_user SET librechat_password_encrypted = $2 WHERE id = $1', [
    grace.id,
    'garbage',
  ]);
  await play('key-missing', { djangoUserId: grace.id, reason: 'manual' });
  await play('repair-with-key-missing', { djangoUserId: grace.id, reason: 'repair' });
  await play('unreadable-overwritten', {
    djangoUserId: grace.id,
    reason: 'manual',
    overwriteUnreadable: true,
  });

  const mary = await user('no-link');
  await standIn.control.settings({ allowPasswordReset: false });
  await play('reset-unavailable', { djangoUserId: mary.id, reason: 'manual' });
  await standIn.control.settings({ allowPasswordReset: true });
  await cancelInMidFlight(world, recorder, mary);
}

async function rotate(world: World, recorder: Recorder, name: string, input: RotateInput): Promise<void> {
  const handle = await start(world, input);
  await handle.result();
  await recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
}

/** From the mint on nothing cancels a rotation. */
async function cancelInMidFlight(
  world: World,
  recorder: Recorder,
  { id, address }: { readonly id: string; readonly address: string },
): Promise<void> {
  const { control } = world.standIn;
  await control.fault({ route: 'resetPassword', at: 'answer', action: 'hold', address });
  const handle = await start(world, { djangoUserId: id, reason: 'manual' });
  await control.held({ route: 'resetPassword', at: 'answer', address });
  await handle.cancel();
  await control.release({ address });
  await handle.result();
  await recorder.record('cancelled-in-vain', handle.workflowId, handle.firstExecutionRunId);
}

async function start(
  { client, taskQueue }: World,
  input: RotateInput,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return client.workflow.start('rotateCredential', {
    workflowId: accountWorkflowId(parseDjangoUserId(input.djangoUserId)),
    taskQueue,
    args: [input],
  });
}
