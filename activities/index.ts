import type {
  AccountActivities,
  CredentialActivities,
  EndingActivities,
  FleetActivities,
  SessionActivities,
  SweepActivities,
} from '../contract/activities.ts';
import { createAccountActivities } from './account.ts';
import { createCredentialActivities } from './credential.ts';
import { createEndingActivities } from './ending.ts';
import type { EndingServices } from './ending/services.ts';
import { createFleetActivities } from './fleet.ts';
import type { FleetServices } from './fleet/services.ts';
import type { ProvisioningServices } from './provisioning/services.ts';
import { createSweepActivities } from './sweep.ts';
import type { SweepServices } from './sweep/services.ts';
import { createSessionActivities } from './session.ts';
import type { SessionServices } from './session/services.ts';

/** Everything that a worker registers. */
export function createActivities(
  services: ProvisioningServices & SessionServices & EndingServices & FleetServices & SweepServices,
): AccountActivities &
  CredentialActivities &
  EndingActivities &
  FleetActivities &
  SessionActivities &
  SweepActivities {
  return {
    ...createAccountActivities(services),
    ...createCredentialActivities(services),
    ...createFleetActivities(services),
    ...createSessionActivities(services),
    ...createSweepActivities(services),
    ...createEndingActivities(services),
  };
}
