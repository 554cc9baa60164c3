import type { AddressTemplate } from '../address.ts';
import type { AdminGuard } from '../admin-guard.ts';
import type { Services } from '../ports.ts';

/** What provisioning needs. */
export interface ProvisioningServices extends Services {
  readonly address: AddressTemplate;
  readonly adminGuard: AdminGuard;
}
