import type { RotateVerdict } from '../../contract/messages.ts';
import { endSession } from '../end-session.ts';
import type { Attempt, Rotation } from './attempt.ts';
import { changePassword } from './change-password.ts';
import { isLinked, type LinkedRow } from './linked-row.ts';
import type { RotationServices } from './services.ts';
import { settle } from './settle.ts';
import { prove, verifyRotation, type Proof } from './verify.ts';

/** LibreChat has the minted password; `proof` where a login has said so. */
interface Applied {
  readonly row: LinkedRow;
  readonly proof: Proof | undefined;
}

/** So often does an attempt begin again because others are at work on the same account; then the row stays in doubt. */
const MAX_ROUNDS = 5;

/**
 * Makes LibreChat and the row agree on the minted password. Every part is safe to repeat, by this worker or another:
 *
 *   probe    (on attempts after the first) does LibreChat have the minted password already?
 *   link     ask for a reset link, and check that it is for the very account that stands in the row
 *   mark     put the row in doubt where it still holds the token that is to be replaced: the fence against zombies
 *   reset    set the password at LibreChat
 *   commit   put the minted token into the row, by compare-and-set
 *   verify   log in with it
 *   settle   somebody else has written the row: bring one to the other, by the newer Fernet time
 *
 * It works without the old password and from an empty history.
 *
 * @param expectedAtMint digest of the token that the mint is to replace
 * @throws BridgeError the code that ends or repeats the attempt; the row is in doubt wherever LibreChat may have changed
 */
export async function applyCredential(
  services: RotationServices,
  rotation: Rotation,
  expectedAtMint: string,
  attempt: Attempt,
): Promise<RotateVerdict> {
  const { user, minted } = rotation;
  let expected = expectedAtMint;
  let applied = attempt.number > 1 ? await probe(services, rotation, attempt) : undefined;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (applied === undefined) {
      const change = await changePassword(services, user, expected, minted.secret, attempt);
      if (change.kind === 'done') applied = { row: change.row, proof: undefined };
      if (change.kind === 'outdated') {
        applied = await probe(services, rotation, attempt);
        if (applied === undefined) continue;
      }
    }
    if (applied !== undefined) {
      attempt.enter('commit');
      if (await services.userTable.commit(user, applied.row.accountId, expected, minted.sealed)) {
        const verdict = await verifyRotation(services, rotation, applied.row, applied.proof, attempt);
        if (verdict !== undefined) return verdict;
        applied = undefined;
      }
    }
    if (applied?.proof?.session !== undefined) await endSession(services.libreChat, applied.proof.session);
    const settled = await settle(services, rotation, applied !== undefined, attempt);
    if ('outcome' in settled) return settled;
    ({ expected } = settled);
    applied = undefined;
  }
  return { outcome: 'failed', code: 'Drift' };
}

/**
 * A login with the minted password. In an incident it does not count: after an answer that was lost nobody knows whether
 * the old sessions died with the old password, so the same secret is set once more.
 */
async function probe(
  services: RotationServices,
  { user, reason, minted }: Rotation,
  attempt: Attempt,
): Promise<Applied | undefined> {
  attempt.enter('probe');
  const row = await services.userTable.read(user);
  if (row === null || !isLinked(row)) return undefined;
  const proof = await prove(services, row, minted.secret);
  if (proof === 'rejected') return undefined;
  if (reason !== 'incident') return { row, proof };
  if (proof.session !== undefined) await endSession(services.libreChat, proof.session);
  return undefined;
}
