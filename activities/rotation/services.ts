import type { AddressTemplate } from '../address.ts';
import type { Services } from '../ports.ts';

/** What a rotation needs. */
export interface RotationServices extends Services {
  readonly address: AddressTemplate;
}
