import { Context } from '@temporalio/activity';
import type { CredentialActivities } from '../contract/activities.ts';
import { parseDjangoUserId } from '../contract/ids.ts';
import type { RotateVerdict } from '../contract/messages.ts';
import { asActivity } from './failures.ts';
import { withPulse } from './heartbeat.ts';
import { applyWithinBudget } from './rotation/apply-within-budget.ts';
import type { Stage } from './rotation/attempt.ts';
import { mintCredential } from './rotation/mint.ts';
import type { PasswordServices } from './password/services.ts';
import { verifyCredential } from './rotation/verify.ts';

/** The steps of a rotation, on the given systems. */
export function createCredentialActivities(services: PasswordServices): CredentialActivities {
  return {
    verifyCredential: ({ djangoUserId }) =>
      asActivity(() =>
        withPulse<Stage, Awaited<ReturnType<CredentialActivities['verifyCredential']>>>(async (pulse) => {
          pulse.enter('probe');
          return verifyCredential(services, parseDjangoUserId(djangoUserId), () => pulse.assertHeld());
        }),
      ),
    mintCredential: ({ djangoUserId, ...conditions }) =>
      asActivity(async () => mintCredential(services, parseDjangoUserId(djangoUserId), conditions)),
    applyCredential: ({ djangoUserId, reason, sealed, expected }) =>
      asActivity(() =>
        withPulse<Stage, RotateVerdict>(async (pulse) => {
          const { password: secret, mintedAtSeconds } = services.keyRing.open(sealed);
          const rotation = {
            user: parseDjangoUserId(djangoUserId),
            reason,
            minted: { sealed, secret, mintedAtSeconds },
          };
          const attempt = { ...pulse, number: Context.current().info.attempt };
          return applyWithinBudget(services, rotation, expected, attempt);
        }),
      ),
  };
}
