import type { AccountActivities } from '../contract/activities.ts';
import { createAccountActivities } from './account.ts';
import type { ProvisioningServices } from './provisioning/services.ts';

/** Everything that a worker registers. */
export function createActivities(services: ProvisioningServices): AccountActivities {
  return { ...createAccountActivities(services) };
}
