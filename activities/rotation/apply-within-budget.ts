import type { RotateVerdict } from '../../contract/messages.ts';
import type { Attempt } from '../heartbeat.ts';
import { PLANS } from '../pacing/plans.ts';
import type { PasswordServices } from '../password/services.ts';
import { applyCredential } from './apply.ts';
import type { Rotation, Stage } from './rotation.ts';

/**
 * Applies a minted credential when LibreChat's limits have room for all of it: between reset and login a rotation waits
 * for nobody. An attempt that finds the row in doubt may come after a reset, with LibreChat's password changed already, so
 * it does not queue behind those that have not begun.
 *
 * @throws BridgeError `RateLimited`, before anything is called, and what {@link applyCredential} throws
 */
export async function applyWithinBudget(
  services: PasswordServices,
  rotation: Rotation,
  expectedAtMint: string,
  attempt: Attempt<Stage>,
): Promise<RotateVerdict> {
  const again = attempt.number > 1;
  const begun = again && (await services.userTable.read(rotation.user))?.syncedAt === null;
  return services.libreChat.budgeted(
    again ? PLANS.rotateAgain : PLANS.rotate,
    (libreChat) => applyCredential({ ...services, libreChat }, rotation, expectedAtMint, attempt),
    { begun },
  );
}
