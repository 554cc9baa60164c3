import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { recordKeys } from '../../client/session-record/index.ts';
import { accountWorkflowId, parseDjangoUserId } from '../../contract/ids.ts';
import { openVault, type Vault } from '../session-vault.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

type Type = 'suspendAccount' | 'deleteAccount';

/** What there is to play with. */
interface Stage {
  readonly world: World;
  readonly recorder: Recorder;
  readonly vault: Vault;
  readonly type: Type;
}

/** Plays every course that `suspendAccount` can take, and records its runs. */
export async function recordSuspensions(world: World, recorder: Recorder, redisUrl: string): Promise<void> {
  await using vault = await openVault(world, redisUrl);
  const stage: Stage = { world, recorder, vault, type: 'suspendAccount' };
  const { control } = world.standIn;
  await play(stage, 'suspended', await leaver(stage, 'suspended'));
  await play(stage, 'suspended-without-session', await leaver(stage, 'without-session', { session: false }));
  await play(stage, 'nothing', await newcomer(stage, 'nothing'));
  const ada = await leaver(stage, 'cleared');
  await control.settings({ allowPasswordReset: false });
  await play(stage, 'cleared', ada);
  await control.settings({ allowPasswordReset: true });
  const grace = await leaver(stage, 'third-attempt');
  await control.fault({ route: 'requestPasswordReset', action: 'status', times: 2, address: grace.address });
  await play(stage, 'third-attempt', grace);
  await play(stage, 'active', await leaver(stage, 'active', { active: true }));
  await play(stage, 'gone', { id: '1' });
  await playCancelled(stage, await leaver(stage, 'cancelled'));
  await play(stage, 'of-somebody-else', { id: '43' }, '42');
}

/** Plays every course that `deleteAccount` can take, and records its runs. */
export async function recordErasures(world: World, recorder: Recorder, redisUrl: string): Promise<void> {
  await using vault = await openVault(world, redisUrl);
  const stage: Stage = { world, recorder, vault, type: 'deleteAccount' };
  const { control } = world.standIn;
  const ada = await leaver(stage, 'deleted');
  await play(stage, 'deleted', ada);
  await play(stage, 'nothing', ada);
  const grace = await leaver(stage, 'not-deleted');
  await control.settings({ allowAccountDeletion: false });
  await play(stage, 'suspended', grace);
  await control.settings({ allowAccountDeletion: true });
  const mary = await leaver(stage, 'no-way-in');
  await control.changeAccount(mary.address, { password: 'set-in-librechat' });
  await control.settings({ allowPasswordReset: false });
  await play(stage, 'failed', mary);
  await control.settings({ allowPasswordReset: true });
  const joan = await leaver(stage, 'deleted-before');
  await control.fault({ route: 'deleteUser', at: 'answer', action: 'drop', address: joan.address });
  await play(stage, 'second-attempt', joan);
  await play(stage, 'active', await leaver(stage, 'stays', { active: true }));
  await play(stage, 'gone', { id: '1' });
  await play(stage, 'of-somebody-else', { id: '43' }, '42');
}

interface Leaver {
  readonly id: string;
  readonly address: string;
}

/** A user with an account, who was deactivated unless told otherwise. */
async function leaver(
  { world, vault, type }: Stage,
  name: string,
  { active = false, session = true } = {},
): Promise<Leaver> {
  const address = `${type.toLowerCase()}-${name}@example.com`;
  const id = await world.database.addUser({ email: address });
  await (await world.provision(id)).result();
  if (!active)
    await world.database.owner.query('UPDATE users_user SET is_active = false WHERE id = $1', [id]);
  if (!session) await vault.redis.del(recordKeys(parseDjangoUserId(id)).session);
  return { id, address };
}

async function newcomer({ world, type }: Stage, name: string): Promise<Leaver> {
  const address = `${type.toLowerCase()}-${name}@example.com`;
  return { id: await world.database.addUser({ email: address, active: false }), address };
}

async function play(
  stage: Stage,
  name: string,
  { id }: Pick<Leaver, 'id'>,
  workflowUser: string = id,
): Promise<void> {
  const handle = await start(stage, id, workflowUser);
  await handle.result().catch(() => undefined);
  await stage.recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
}

/** Nothing cancels it half-way. */
async function playCancelled(stage: Stage, { id, address }: Leaver): Promise<void> {
  const { control } = stage.world.standIn;
  await control.fault({ route: 'resetPassword', at: 'answer', action: 'hold', address });
  const handle = await start(stage, id, id);
  await control.held({ route: 'resetPassword', at: 'answer', address });
  await handle.cancel();
  await control.release({ address });
  await handle.result();
  await stage.recorder.record('cancelled-in-vain', handle.workflowId, handle.firstExecutionRunId);
}

const start = (
  { world: { client, taskQueue }, type }: Stage,
  id: string,
  workflowUser: string,
): Promise<WorkflowHandleWithFirstExecutionRunId> =>
  client.workflow.start(type, {
    workflowId: accountWorkflowId(parseDjangoUserId(workflowUser)),
    taskQueue,
    args: [{ djangoUserId: id }],
  });
