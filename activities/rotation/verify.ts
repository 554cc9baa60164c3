import { BridgeError } from '../../contract/errors.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { RotateVerdict } from '../../contract/messages.ts';
import { isUsablePassword, sealedDigest } from '../credential-rules.ts';
import type { Attempt } from '../heartbeat.ts';
import { PLANS } from '../pacing/plans.ts';
import { checkRow, settleProof } from '../password/bring-to-row.ts';
import { isLinkedWithPassword, type LinkedRow } from '../password/linked-row.ts';
import { logIn, rejectedIfUnusable, type Proof } from '../password/log-in.ts';
import type { PasswordServices } from '../password/services.ts';
import { publishIfWanted } from '../publish-session.ts';
import type { Rotation, Stage } from './rotation.ts';

/**
 * The last part of a rotation: a login with the password that both sides now have. A user who has a session gets the new
 * one, since the reset has ended the old. Where LibreChat cannot be asked, the row is put in doubt, for the sweep.
 *
 * @param known a login that has proved it already
 * @returns undefined when LibreChat has another password after all; the row is in doubt then
 */
export async function verifyRotation(
  services: PasswordServices,
  rotation: Rotation,
  row: LinkedRow,
  known: Proof | undefined,
  attempt: Attempt<Stage>,
): Promise<RotateVerdict | undefined> {
  const { user, minted } = rotation;
  const doubt = (): Promise<unknown> =>
    services.userTable.markInDoubt(user, row.accountId, sealedDigest(minted.sealed));
  try {
    attempt.enter('verify');
    const proof = known ?? (await logIn(services, row, minted.secret));
    if (proof === 'rejected') {
      await doubt();
      return undefined;
    }
    await publishProof(services, user, proof, true);
    return { outcome: 'rotated' };
  } catch (error) {
    if (
      !(error instanceof BridgeError) ||
      error.code === 'DatabaseUnavailable' ||
      error.code === 'AttemptLost'
    )
      throw error;
    await doubt();
    return { outcome: 'unverified', code: error.code };
  }
}

async function publishProof(
  services: PasswordServices,
  user: DjangoUserId,
  { session, epoch }: Proof,
  replacesAll: boolean,
): Promise<void> {
  if (session !== undefined)
    await publishIfWanted(services, user, epoch, session, { replacesAll, orFirst: false });
}

/**
 * The first part of a repair: does the password of the row work after all? Then the row is not in doubt any more.
 *
 * @throws BridgeError `KeyMissing`, `AccountMissing`, `AccountConflict`, `ResetLinkMismatch`, `Drift`, and what the calls
 *   throw
 */
export async function verifyCredential(
  services: PasswordServices,
  user: DjangoUserId,
  assertHeld: () => void,
): Promise<RotateVerdict | { readonly outcome: 'rejected' }> {
  const row = await services.userTable.read(user);
  if (row === null) return { outcome: 'gone' };
  if (!row.active) return { outcome: 'inactive' };
  if (!isLinkedWithPassword(row)) return { outcome: 'failed', code: 'NotProvisioned' };
  const { password } = services.keyRing.open(row.sealedPassword);
  if (!isUsablePassword(password)) return { outcome: 'rejected' };
  const plan = row.syncedAt === null ? PLANS.verifyInDoubt : PLANS.verify;
  const proof = await services.libreChat.budgeted(plan, (libreChat) =>
    rejectedIfUnusable(
      async () => (await checkRow({ ...services, libreChat }, { row, password }, assertHeld)).checked,
    ),
  );
  if (proof === 'rejected') return { outcome: 'rejected' };
  const settled = await settleProof(services, row, row.version, proof, false);
  if (settled.kind === 'moved') {
    throw new BridgeError('Drift', { detail: 'the row was written by somebody else in the meantime' });
  }
  await publishProof(services, user, proof, false);
  return proof.session === undefined
    ? { outcome: 'intact', code: 'TwoFactorEnabled' }
    : { outcome: 'intact' };
}
