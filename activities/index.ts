import type { AccountActivities, CredentialActivities, SessionActivities } from '../contract/activities.ts';
import { createAccountActivities } from './account.ts';
import { createCredentialActivities } from './credential.ts';
import type { ProvisioningServices } from './provisioning/services.ts';
import { createSessionActivities } from './session.ts';
import type { SessionServices } from './session/services.ts';

/** Everything that a worker registers. */
export function createActivities(
  services: ProvisioningServices & SessionServices,
): AccountActivities & CredentialActivities & SessionActivities {
  return {
    ...createAccountActivities(services),
    ...createCredentialActivities(services),
    ...createSessionActivities(services),
  };
}
