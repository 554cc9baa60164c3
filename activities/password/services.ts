import type { AddressTemplate } from '../address.ts';
import type { Services } from '../services.ts';

/** What it takes to bring LibreChat and a row together. */
export interface PasswordServices extends Services {
  readonly address: AddressTemplate;
}
