import type { ClosingRecords, SweepTable } from './ports.ts';

/** What the sweep needs. */
export interface SweepServices {
  readonly sweepTable: SweepTable;
  readonly closingRecords: ClosingRecords;
}
