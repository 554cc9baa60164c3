import type { CredentialActivities } from '../contract/activities.ts';
import { parseDjangoUserId } from '../contract/ids.ts';
import type { RotateVerdict } from '../contract/messages.ts';
import { asActivity } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { applyWithinBudget } from './rotation/apply-within-budget.ts';
import { mintCredential } from './rotation/mint.ts';
import type { Stage } from './rotation/rotation.ts';
import type { PasswordServices } from './password/services.ts';
import { verifyCredential } from './rotation/verify.ts';

/** The steps of a rotation, on the given systems. */
export function createCredentialActivities(services: PasswordServices): CredentialActivities {
  return {
    verifyCredential: ({ djangoUserId }) =>
      asActivity(() =>
        withHeartbeat<Stage, Awaited<ReturnType<CredentialActivities['verifyCredential']>>>(
          async (attempt) => {
            attempt.enter('probe');
            return verifyCredential(services, parseDjangoUserId(djangoUserId), () => attempt.assertHeld());
          },
        ),
      ),
    mintCredential: ({ djangoUserId, ...conditions }) =>
      asActivity(async () => mintCredential(services, parseDjangoUserId(djangoUserId), conditions)),
    applyCredential: ({ djangoUserId, reason, sealed, expected }) =>
      asActivity(() =>
        withHeartbeat<Stage, RotateVerdict>(async (attempt) => {
          const { password: secret, mintedAtSeconds } = services.keyRing.open(sealed);
          const rotation = {
            user: parseDjangoUserId(djangoUserId),
            reason,
            minted: { sealed, secret, mintedAtSeconds },
          };
          return applyWithinBudget(services, rotation, expected, attempt);
        }),
      ),
  };
}
