import { accountWorkflowId, parseDjangoUserId, scheduleIdPrefix } from '../../contract/ids.ts';
import { runCommand } from '../../workers/cli/run.ts';
import { ADMIN, openWorld, type PartAddresses } from '../world.ts';
import type { StandInProcess } from '../processes/stand-in.ts';
import { startWorker } from '../processes/worker.ts';
import { dim, good, told, title } from './print.ts';
import {
  appears,
  blocked,
  expectTold,
  provisioned,
  sessionText,
  signUp,
  until,
  type Stage,
} from './stage.ts';

export async function aUserSignsUp(stage: Stage): Promise<void> {
  title('1  A user signs up');
  const [ada, handle] = await signUp(stage, 'ada@hestami.example', 'Ada');
  await provisioned(stage, ada, handle);
  told(await sessionText(stage, ada.id));
}

export async function theAdministratorCameFirst({ world }: Stage): Promise<void> {
  title('2  LibreChat was empty, and makes its first account an administrator');
  const admin = await world.standIn.control.account(ADMIN.email);
  const ada = await world.standIn.control.account('ada@hestami.example');
  told(`${ADMIN.email} is ${admin.role ?? 'nobody'}, ada@hestami.example is ${ada.role ?? 'nobody'}`);
  expectTold(
    'the administrator was registered before the first user',
    admin.role === 'ADMIN' && ada.role === 'USER',
  );
}

/**
 * @param restart starts LibreChat again where it was, with its data
 * @returns the restarted LibreChat
 */
export async function libreChatIsAway(
  stage: Stage,
  restart: () => Promise<StandInProcess>,
): Promise<StandInProcess> {
  title('3  A user signs up while LibreChat is down');
  await stage.world.standIn.process.kill();
  told(dim('LibreChat is killed'));
  const [grace, handle] = await signUp(stage, 'grace@hestami.example', 'Grace');
  const attempt = await until('the workflow waits for LibreChat', async () => {
    const { raw } = await handle.describe();
    const [pending] = raw.pendingActivities ?? [];
    return pending?.lastFailure?.applicationFailureInfo?.type === 'UpstreamUnavailable' ? pending : undefined;
  });
  told(`attempt ${attempt.attempt ?? 0}: ${attempt.lastFailure?.message ?? ''}`);
  const libreChat = await restart();
  told(dim('LibreChat is back'));
  await provisioned(stage, grace, handle);
  return libreChat;
}

export async function twoAddressesCollide(stage: Stage): Promise<void> {
  title('4  Two addresses that differ only in case');
  const [mary, maryRun] = await signUp(stage, 'mary@hestami.example', 'Mary');
  const [other, otherRun] = await signUp(stage, 'Mary@Hestami.example', 'Mary');
  await blocked(mary, maryRun, 'AccountConflict');
  await blocked(other, otherRun, 'AccountConflict');
  const { events = [] } = await maryRun.fetchHistory();
  const failure = events
    ?.map((event) => event.activityTaskFailedEventAttributes?.failure?.message)
    .find(Boolean);
  told(dim(`  an operator reads: ${failure ?? ''}`));
  expectTold('the reason names the other user', failure?.includes(other.id) === true);
  await stage.world.database.owner.query('UPDATE users_user SET email = $2 WHERE id = $1', [
    other.id,
    'mary.two@hestami.example',
  ]);
  told(`the address of user ${other.id} is corrected ${dim('and both workflows are told')}`);
  await otherRun.signal('changed');
  await provisioned(stage, other, otherRun);
  await maryRun.signal('retryNow');
  await provisioned(stage, mary, maryRun);
}

/** Needs the schedules that a worker makes. */
export async function aStartIsLost(stage: Stage): Promise<void> {
  title('5  A user signs up, and the start of the workflow is lost');
  const { client, taskQueue } = stage.world;
  const alan = await appears(stage, 'alan@hestami.example', 'Alan');
  const schedule = client.schedule.getHandle(`${scheduleIdPrefix(taskQueue)}reconcile`);
  await until('the worker has made the schedule', () => schedule.describe().catch(() => undefined));
  // Not to wait for up to 30 s.
  await schedule.trigger();
  told(dim('the sweep looks at the table, as it does every 30 s'));
  const handle = client.workflow.getHandle(accountWorkflowId(parseDjangoUserId(alan.id)));
  await until('the sweep has found the row', () => handle.describe().catch(() => undefined));
  await provisioned(stage, alan, handle);
}

export async function allPasswordsAreReplaced({ world, characters }: Stage): Promise<void> {
  title('6  A password may have become known: all are replaced');
  told(dim('$ fleet start --mode incident'));
  const sealed = async (): Promise<readonly (string | null)[]> => {
    const rows = await Promise.all(characters.map(({ id }) => world.database.user(id)));
    return rows.map((row) => row.librechat_password_encrypted);
  };
  const before = await sealed();
  const code = await runCommand(['fleet', 'start', '--mode', 'incident', '--why', 'the demo'], {
    environment: { TEMPORAL_ADDRESS: world.environment['TEMPORAL_ADDRESS'], AUDIT_FILE: '/dev/null' },
    user: 'demo',
    out: told,
    note: told,
    stopSignal: () => new AbortController().signal,
  });
  const after = await sealed();
  expectTold('all were rotated', code === 0 && after.every((token, index) => token !== before[index]));
}

export async function nobodyIsAdministrator(
  parts: PartAddresses,
  ids: { readonly firstUserId?: number },
): Promise<void> {
  title('7  Another LibreChat, empty, and nobody has said who its administrator is');
  await using world = await openWorld(parts, ids);
  const worker = await startWorker({
    ...world.environment,
    LIBRECHAT_ADMIN_EMAIL: undefined,
    LIBRECHAT_ADMIN_PASSWORD: undefined,
  });
  const stage: Stage = { world, characters: [], redisUrl: parts.redisUrl };
  const [eve, handle] = await signUp(stage, 'eve@hestami.example', 'Eve');
  await blocked(eve, handle, 'ConfigurationInvalid');
  const { exists } = await world.standIn.control.account(eve.address);
  expectTold('nobody was registered', !exists);
  told(good('nobody was registered, so nobody became an administrator by accident'));
  await handle.terminate('end of the demo');
  await worker.process.stop();
}
