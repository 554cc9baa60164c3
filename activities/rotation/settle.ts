import type { RotateVerdict } from '../../contract/messages.ts';
import { isUsablePassword, sealedDigest } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { KeyRing } from '../ports.ts';
import type { Attempt, Candidate, Rotation } from './attempt.ts';
import { changePassword } from './change-password.ts';
import { isLinked, type LinkedRow } from './linked-row.ts';
import type { RotationServices } from './services.ts';
import { prove, verifyRotation } from './verify.ts';

/** So often is the row read anew when others write it too; then it stays in doubt for the sweep. */
const MAX_ROUNDS = 5;

/** LibreChat was not changed, and the row holds an older password than the minted one: rotate that one. */
export interface StartOver {
  /** Digest of what the row holds now. */
  readonly expected: string;
}

/**
 * Somebody else has written the row. Whoever sent a reset may not end before it has seen LibreChat and the row agree, so
 * one of the two is brought to the other. The newer Fernet time decides: a newer password in the row is what is wanted,
 * and LibreChat gets it; an older one (a stale save, an old token sealed anew) gives way to the minted one. An attempt
 * that slept through a later rotation can thus only move LibreChat towards the row.
 *
 * @param applied whether LibreChat is known to have taken the minted password
 * @throws BridgeError `KeyMissing` when the row holds what no key opens, and what the calls throw
 */
export async function settle(
  services: RotationServices,
  rotation: Rotation,
  applied: boolean,
  attempt: Attempt,
): Promise<RotateVerdict | StartOver> {
  const { userTable, keyRing, sessionStore } = services;
  const { user, minted } = rotation;
  let hasMinted = applied;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    attempt.enter('settle');
    const row = await userTable.read(user);
    if (row === null) {
      await sessionStore.signOut(user);
      return { outcome: 'gone' };
    }
    if (!row.active) return { outcome: 'inactive' };
    if (!isLinked(row)) return { outcome: 'failed', code: 'NotProvisioned' };
    const stored = row.sealedPassword === null ? undefined : openStored(keyRing, row.sealedPassword);
    if (stored !== undefined && isDesired(stored, minted)) {
      const agreed = await agreeOn(services, row, stored, attempt);
      if (agreed) return { outcome: sameSecret(stored, minted) ? 'rotated' : 'overtaken' };
      continue;
    }
    if (!hasMinted && stored === undefined) return { outcome: 'failed', code: 'NotProvisioned' };
    if (!hasMinted && stored !== undefined) return { expected: sealedDigest(stored.sealed) };
    const verdict = await rollForward(services, rotation, row, attempt);
    if (verdict !== undefined && verdict !== 'moved') return verdict;
    // Committed, and still LibreChat has another one: it is not known any more to have the minted one.
    if (verdict === undefined) hasMinted = false;
  }
  return { outcome: 'failed', code: 'Drift' };
}

function openStored(keyRing: KeyRing, sealed: string): Candidate {
  const { password, mintedAtSeconds } = keyRing.open(sealed);
  return { sealed, secret: password, mintedAtSeconds };
}

const sameSecret = (one: Candidate, other: Candidate): boolean =>
  one.secret.reveal() === other.secret.reveal();

function isDesired(stored: Candidate, minted: Candidate): boolean {
  if (sameSecret(stored, minted)) return true;
  return stored.mintedAtSeconds >= minted.mintedAtSeconds && isUsablePassword(stored.secret);
}

/** Brings LibreChat to what the row holds. Only a login counts: false means that the row is to be read again. */
async function agreeOn(
  services: RotationServices,
  row: LinkedRow,
  stored: Candidate,
  attempt: Attempt,
): Promise<boolean> {
  const proof = await prove(services, row, stored.secret);
  if (proof === 'rejected') {
    await changePassword(services, row.djangoUserId, sealedDigest(stored.sealed), stored.secret, attempt);
    return false;
  }
  if (proof.session !== undefined) await endSession(services.libreChat, proof.session);
  return services.userTable.confirm(row.djangoUserId, row.accountId, sealedDigest(stored.sealed));
}

/** Brings the row to what LibreChat holds. `moved`: the row has changed again. */
async function rollForward(
  services: RotationServices,
  rotation: Rotation,
  row: LinkedRow,
  attempt: Attempt,
): Promise<RotateVerdict | 'moved' | undefined> {
  const { user, minted } = rotation;
  attempt.assertHeld();
  const read = row.sealedPassword === null ? null : sealedDigest(row.sealedPassword);
  if (!(await services.userTable.commit(user, row.accountId, read, minted.sealed))) return 'moved';
  return verifyRotation(services, rotation, row, undefined, attempt);
}
