import type { RotateVerdict } from '../../contract/messages.ts';
import { isUsablePassword, sealedDigest } from '../credential-rules.ts';
import { endSession } from '../end-session.ts';
import type { Attempt } from '../heartbeat.ts';
import { bringToRow } from '../password/bring-to-row.ts';
import { isLinked } from '../password/linked-row.ts';
import type { PasswordServices } from '../password/services.ts';
import type { KeyRing } from '../ports/key-ring.ts';
import type { Candidate, Rotation, Stage } from './rotation.ts';

/** How often the row is read again when others write it too; then it stays in doubt for the sweep. */
const MAX_ROUNDS = 5;

/** The row holds an older password than the minted one, or none: the minted one is to take its place. */
export interface StartOver {
  /** Digest of what the row holds now; null: nothing. */
  readonly expected: string | null;
}

/**
 * Somebody else has written the row. The newer Fernet time decides: a newer password in the row is what is wanted, and
 * LibreChat gets it; an older one (a stale save, an old token sealed anew) gives way to the minted one. An attempt that
 * slept through a later rotation can thus only move LibreChat towards the row.
 *
 * @param sent whether this run may have changed LibreChat, so that it owes the row an end
 * @throws BridgeError `KeyMissing` when the row holds what no key opens, and what the calls throw
 */
export async function settle(
  services: PasswordServices,
  { user, minted }: Rotation,
  sent: boolean,
  attempt: Attempt<Stage>,
): Promise<RotateVerdict | StartOver> {
  for (let round = 0; round < MAX_ROUNDS; round++) {
    attempt.enter('settle');
    const row = await services.userTable.read(user);
    if (row === null) {
      await services.sessionStore.close(user);
      return { outcome: 'gone' };
    }
    // For a user who was deactivated meanwhile, what was sent is finished, and nothing new is begun.
    if (!row.active && !sent) return { outcome: 'inactive' };
    if (!isLinked(row)) return { outcome: 'failed', code: 'NotProvisioned' };
    const { sealedPassword } = row;
    if (sealedPassword === null)
      return sent ? { expected: null } : { outcome: 'failed', code: 'NotProvisioned' };
    const stored = openStored(services.keyRing, sealedPassword);
    if (!isDesired(stored, minted)) return { expected: sealedDigest(sealedPassword) };
    if (!row.active) return { outcome: 'inactive' };
    const brought = await bringToRow(
      services,
      { row: { ...row, sealedPassword }, password: stored.secret },
      (next) => attempt.enter(next),
    );
    if (brought.kind === 'moved') continue;
    if (brought.proof.session !== undefined) await endSession(services.libreChat, brought.proof.session);
    return { outcome: sameSecret(stored, minted) ? 'rotated' : 'overtaken' };
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
