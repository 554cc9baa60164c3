import { recordKeys } from '../../client/session-record/index.ts';
import { parseDjangoUserId, signOutWorkflowId } from '../../contract/ids.ts';
import type { CloseInput } from '../../contract/messages.ts';
import { openVault } from '../session-vault.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

/** Plays every course that `closeSession` can take, and records its runs. */
export async function recordSignOuts(world: World, recorder: Recorder, redisUrl: string): Promise<void> {
  await using vault = await openVault(world, redisUrl);
  const { database, standIn, client, taskQueue } = world;
  const user = async (name: string): Promise<string> => {
    const id = await database.addUser({ email: `${name}@example.com` });
    await (await world.provision(id)).result();
    return id;
  };
  const play = async (name: string, input: CloseInput, id = input.djangoUserId): Promise<void> => {
    const handle = await client.workflow.start('closeSession', {
      workflowId: signOutWorkflowId(parseDjangoUserId(id)),
      taskQueue,
      args: [input],
    });
    await handle.result().catch(() => undefined);
    await recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
  };
  const ada = await user('signs-out');
  await play('record-closed-here', { djangoUserId: ada, recordClosed: false });
  await play('nothing', { djangoUserId: ada, recordClosed: true });
  const grace = await user('signs-out-elsewhere');
  await vault.records.close(parseDjangoUserId(grace));
  await play('ended', { djangoUserId: grace, recordClosed: true });
  const mary = await user('signs-out-in-an-outage');
  await vault.records.close(parseDjangoUserId(mary));
  await standIn.control.fault({ route: 'logout', action: 'status', times: 2 });
  await play('third-attempt', { djangoUserId: mary, recordClosed: true });
  const unreadable = await user('signs-out-unreadably');
  await vault.redis.set(recordKeys(parseDjangoUserId(unreadable)).session, 'garbage');
  await play('left', { djangoUserId: unreadable, recordClosed: false });
  await play('of-somebody-else', { djangoUserId: '43', recordClosed: false }, '42');
}
