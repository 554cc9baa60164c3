import type { SessionMaterial } from '../../client/session-record/material.ts';
import { BridgeError } from '../../contract/errors.ts';
import { isUsablePassword } from '../credential-rules.ts';
import type { Attempt } from '../heartbeat.ts';
import { isLinkedWithPassword, type LinkedRowWithPassword } from '../password/linked-row.ts';
import { logIn, rejectedIfUnusable, type Proof } from '../password/log-in.ts';
import type { SessionServices } from './services.ts';

/**
 * Opens a session with the password of the row. One that LibreChat refuses is compared with the row once more: a
 * rotation may have replaced it between the reading and the login.
 *
 * @param epoch as it was before LibreChat was called for the first time
 * @returns `rejected`: LibreChat has another password than the row
 * @throws BridgeError `KeyMissing`, `TwoFactorEnabled`, `AccountMissing`, `AccountConflict`, and what the calls throw
 */
export async function openByLogin(
  services: SessionServices,
  row: LinkedRowWithPassword,
  epoch: number,
  attempt: Attempt,
): Promise<SessionMaterial | 'rejected'> {
  const proof = await prove(services, row, epoch, attempt);
  if (proof !== 'rejected') return sessionOf(proof);
  const now = await services.userTable.read(row.djangoUserId);
  if (now === null || !isLinkedWithPassword(now) || now.sealedPassword === row.sealedPassword)
    return 'rejected';
  const second = await prove(services, now, epoch, attempt);
  return second === 'rejected' ? 'rejected' : sessionOf(second);
}

async function prove(
  services: SessionServices,
  row: LinkedRowWithPassword,
  epoch: number,
  attempt: Attempt,
): Promise<Proof | 'rejected'> {
  const { password } = services.keyRing.open(row.sealedPassword);
  if (!isUsablePassword(password)) return 'rejected';
  attempt.assertHeld();
  return rejectedIfUnusable(() => logIn(services, row, password, epoch));
}

function sessionOf({ session }: Proof): SessionMaterial {
  if (session === undefined) throw new BridgeError('TwoFactorEnabled');
  return session;
}
