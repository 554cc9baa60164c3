import type { DjangoUserId } from '../../contract/ids.ts';
import type { BlockedRun, SweepClass } from '../../contract/sweep.ts';

/** What may be left to do for a row, by what stands in it. */
export type RowClass = 'provision' | 'repair' | 'suspend';

/** A part of the table, in the order of its ids. */
export interface RowRange {
  /** Ids beyond this one; null: from the beginning. */
  readonly after: DjangoUserId | null;
  /** Ids up to this one; null: to the end. */
  readonly upTo: DjangoUserId | null;
}

/** Django's user table, for whoever looks for what is left to do. May throw `DatabaseUnavailable`. */
export interface SweepTable {
  /**
   * The first ids of a class in a range. What it costs follows how many rows are due, not how many there are.
   *
   * `provision`: active, without an account or without a password. `repair`: active, linked, with a password, in doubt.
   * `suspend`: not active, with a password.
   */
  due(rows: RowClass, range: RowRange, limit: number): Promise<readonly DjangoUserId[]>;
}

/** Users who signed out, and whose session LibreChat still has. May throw `SessionStoreUnavailable`. */
export interface ClosingRecords {
  /**
   * One step through all of them, at a price that is bounded. A user may be seen twice, and one who was there all the time
   * is seen at least once until the cursor is null again.
   *
   * @param cursor null: begin
   */
  scanClosing(
    cursor: string | null,
  ): Promise<{ readonly users: readonly DjangoUserId[]; readonly cursor: string | null }>;
}

/** A workflow that ended without having done what it was for. */
export interface VainAttempt {
  /** Milliseconds since 1970. */
  readonly endedAt: number;
  /** The code that it left behind, of whatever version; a defect leaves none. */
  readonly code?: string;
}

/** What Temporal knows of a workflow id. */
export interface KnownRuns {
  readonly open: boolean;
  /** The open one, where it is a provisioning that is blocked. */
  readonly blocked?: BlockedRun;
  /** Attempts of the last day that were in vain. */
  readonly vain: readonly VainAttempt[];
}

/** The workflows of users, as Temporal lists them: a moment late. May throw `TemporalUnavailable`. */
export interface RunIndex {
  /** How many workflows of a class are open on its queue and not blocked, by whomever they were started. */
  openOf(name: SweepClass): Promise<number>;
  /**
   * Those of which anything is known. Open runs are of whatever type, attempts in vain only of the type that is started for
   * the class: a repair that fails says nothing about a suspension.
   */
  runsOf(name: SweepClass, workflowIds: readonly string[]): Promise<ReadonlyMap<string, KnownRuns>>;
}
