import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { accountWorkflowId, parseDjangoUserId, sessionWorkflowId } from '../../contract/ids.ts';
import { openVault, type Vault } from '../session-vault.ts';
import type { World } from '../world.ts';
import type { Recorder } from './recorder.ts';

interface User {
  readonly id: string;
  readonly address: string;
}

/** Plays every course that `refreshSession` can take, and records its runs. */
export async function recordRefreshes(world: World, recorder: Recorder, redisUrl: string): Promise<void> {
  await using vault = await openVault(world, redisUrl);
  const user = async (name: string): Promise<User> => {
    const address = `${name}@example.com`;
    const id = await world.database.addUser({ email: address });
    await (await world.provision(id)).result();
    return { id, address };
  };
  const play = async (name: string, id: string): Promise<void> => {
    const handle = await start(world, id, await vault.records.readEpoch(parseDjangoUserId(id)));
    await handle.result().catch(() => undefined);
    await recorder.record(name, handle.workflowId, handle.firstExecutionRunId);
  };
  const expired = async (name: string): Promise<User> => {
    const { id, address } = await user(name);
    await vault.age(parseDjangoUserId(id), -1);
    return { id, address };
  };
  await recordGood(world, vault, { user, expired, play });
  await recordFailed(world, { expired, play });
  await recordRepairs(world, { expired, play });
  const { id } = await user('signed-out');
  await vault.records.close(parseDjangoUserId(id));
  const late = await start(world, id, 0);
  await late.result();
  await recorder.record('signed-out', late.workflowId, late.firstExecutionRunId);
  const other = await world.client.workflow.start('refreshSession', {
    workflowId: 'librechat/session/42',
    taskQueue: world.taskQueue,
    args: [{ djangoUserId: '43', epoch: 0 }],
  });
  await other.result().catch(() => undefined);
  await recorder.record('of-somebody-else', other.workflowId, other.firstExecutionRunId);
}

interface Scene {
  readonly user: (name: string) => Promise<User>;
  /** A user whose access token has expired. */
  readonly expired: (name: string) => Promise<User>;
  readonly play: (name: string, id: string) => Promise<void>;
}

async function recordGood({ database }: World, vault: Vault, { user, expired, play }: Scene): Promise<void> {
  await play('fresh', (await user('fresh')).id);
  await play('renewed', (await expired('renewed')).id);
  const opened = await user('opened');
  await vault.records.close(parseDjangoUserId(opened.id));
  await play('opened', opened.id);
  await play('unprovisioned', await database.addUser({ email: 'unprovisioned@example.com' }));
}

async function recordFailed(
  { standIn: { control }, database }: World,
  { expired, play }: Pick<Scene, 'expired' | 'play'>,
): Promise<void> {
  await play('gone', '1');
  const inactive = await expired('inactive-session');
  await database.owner.query('UPDATE users_user SET is_active = false WHERE id = $1', [inactive.id]);
  await play('inactive', inactive.id);
  const away = await expired('away');
  for (const route of ['refresh', 'login'])
    await control.fault({ route, action: 'status', times: null, address: away.address });
  await play('third-attempt-failed', away.id);
  const silent = await expired('silent');
  for (const route of ['refresh', 'login'])
    await control.fault({ route, action: 'hold', times: null, address: silent.address });
  await play('silence', silent.id);
  await control.clearFaults();
  await control.release();
  const limited = await expired('limited');
  await control.fault({ route: 'refresh', action: 'drop', address: limited.address });
  await control.fault({ route: 'login', action: 'status', status: 429, address: limited.address });
  await play('rate-limited', limited.id);
}

async function recordRepairs(
  world: World,
  { expired, play }: Pick<Scene, 'expired' | 'play'>,
): Promise<void> {
  const { control } = world.standIn;
  const replaced = async (name: string): Promise<User> => {
    const user = await expired(name);
    await control.changeAccount(user.address, { password: 'set-in-librechat' });
    await control.fault({ route: 'refresh', action: 'status', status: 401, address: user.address });
    return user;
  };
  await play('repaired', (await replaced('repaired-session')).id);
  const withoutLink = await replaced('without-link');
  await control.settings({ allowPasswordReset: false });
  await play('not-repaired', withoutLink.id);
  await control.settings({ allowPasswordReset: true });
  const { id, address } = await replaced('busy');
  await control.fault({ route: 'requestPasswordReset', action: 'hold', address });
  const busy = await world.client.workflow.start('rotateCredential', {
    workflowId: accountWorkflowId(parseDjangoUserId(id)),
    taskQueue: world.taskQueue,
    args: [{ djangoUserId: id, reason: 'manual' }],
  });
  await control.held({ route: 'requestPasswordReset', at: 'before', address });
  await play('repair-in-progress', id);
  await control.release({ address });
  await busy.result();
}

async function start(
  { client, taskQueue }: World,
  djangoUserId: string,
  epoch: number,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  return client.workflow.start('refreshSession', {
    workflowId: sessionWorkflowId(parseDjangoUserId(djangoUserId)),
    taskQueue,
    args: [{ djangoUserId, epoch }],
  });
}
