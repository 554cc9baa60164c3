import type { RotationBudget } from '../pacing/ports.ts';
import type { UserTable } from '../ports/user-table.ts';
import type { FleetTable } from './ports.ts';

/** What the steps of a fleet run need. */
export interface FleetServices {
  readonly fleetTable: FleetTable;
  readonly userTable: UserTable;
  readonly rotationBudget: RotationBudget;
}
