import type { AccountActivities, CredentialActivities } from '../contract/activities.ts';
import { createAccountActivities } from './account.ts';
import { createCredentialActivities } from './credential.ts';
import type { ProvisioningServices } from './provisioning/services.ts';

/** Everything that a worker registers. */
export function createActivities(services: ProvisioningServices): AccountActivities & CredentialActivities {
  return { ...createAccountActivities(services), ...createCredentialActivities(services) };
}
