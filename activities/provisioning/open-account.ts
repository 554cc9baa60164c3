import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { ProvisionVerdict } from '../../contract/messages.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { PLANS } from '../pacing/plans.ts';
import { publishIfWanted, readEpochIfAvailable } from '../publish-session.ts';
import { openLinked, openUnlinked, type Opened } from './open.ts';
import { mintForRow, sealRow, type RowToOpen } from './seal.ts';
import type { ProvisioningServices } from './services.ts';

/** Where the attempt of a provisioning stands. */
export type Stage = 'seal' | 'open' | 'link';

/** How often the row is read again when others write it during a provisioning, before the attempt is given up. */
const MAX_ROUNDS = 3;

/**
 * Opens the account of a user: seal a password in the row → open the account with it → link the two. The row is the
 * durable place between these parts, so each attempt goes on where the last one died.
 */
export async function openAccount(
  services: ProvisioningServices,
  user: DjangoUserId,
  attempt: Attempt<Stage>,
): Promise<ProvisionVerdict> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    attempt.enter('seal');
    const sealed = await sealRow(services, user);
    if ('outcome' in sealed) return sealed;
    attempt.enter('open');
    const epoch = await readEpochIfAvailable(services.sessionStore, user);
    const plan = sealed.row.accountId === null ? PLANS.openUnlinked : PLANS.openLinked;
    const result = await services.libreChat.budgeted(plan, (libreChat) =>
      openWithUsablePassword({ ...services, libreChat }, sealed, attempt),
    );
    if (result.opened === 'moved') continue;
    const { toOpen, opened } = result;
    if (toOpen.row.accountId === null && !(await link(services, toOpen, opened, attempt))) continue;
    const { session, afterReset } = opened;
    await publishIfWanted(services, user, epoch, session, { replacesAll: afterReset, orFirst: true });
    return { outcome: 'provisioned' };
  }
  throw new BridgeError('Drift', { detail: 'the row is being written by somebody else' });
}

/** A password that LibreChat can never accept is replaced, once: a second refusal is not the password's fault. */
async function openWithUsablePassword(
  services: ProvisioningServices,
  sealed: RowToOpen,
  attempt: Attempt<Stage>,
): Promise<{ readonly toOpen: RowToOpen; readonly opened: Opened | 'moved' }> {
  try {
    return { toOpen: sealed, opened: await open(services, sealed, attempt) };
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== 'PasswordUnusable') throw error;
    const toOpen = await mintForRow(services, sealed.row, sealed.credential.address);
    return { toOpen, opened: await open(services, toOpen, attempt) };
  }
}

async function open(
  services: ProvisioningServices,
  toOpen: RowToOpen,
  attempt: Attempt<Stage>,
): Promise<Opened | 'moved'> {
  const { accountId } = toOpen.row;
  return accountId === null
    ? openUnlinked(services, toOpen, () => attempt.assertHeld())
    : openLinked(services, toOpen, accountId, () => attempt.assertHeld());
}

async function link(
  { userTable, libreChat }: ProvisioningServices,
  { row, digest }: RowToOpen,
  { session }: Opened,
  attempt: Attempt<Stage>,
): Promise<boolean> {
  try {
    attempt.enter('link');
    const linked = await userTable.link(row.djangoUserId, session.accountId, digest);
    if (!linked) await endSession(libreChat, session);
    return linked;
  } catch (error) {
    await endSession(libreChat, session);
    throw error;
  }
}
