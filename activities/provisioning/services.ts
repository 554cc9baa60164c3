import type { AddressTemplate } from '../address.ts';
import type { AdminGuard } from '../admin-guard.ts';
import type { Services } from '../services.ts';

/** What provisioning needs. */
export interface ProvisioningServices extends Services {
  readonly address: AddressTemplate;
  readonly adminGuard: AdminGuard;
}
