import type { ErrorCode } from './errors.ts';

/*
 * The sweep: what it looks for, where it stands, what it did. Ids and counts only. More in docs/sweep.md.
 */

/**
 * What may be left to do for a user. `provision`: active, without an account or a password. `repair`: active and in
 * doubt. `suspend`: not active, with a password. `close`: signed out, with a session that LibreChat still has.
 */
export const SWEEP_CLASSES = ['provision', 'repair', 'suspend', 'close'] as const;
export type SweepClass = (typeof SWEEP_CLASSES)[number];

/** Input of `reconcileAccounts`. */
export interface ReconcileInput {
  /** How many workflows of a class may be open, not counting blocked ones; default {@link MAX_OPEN}. */
  readonly maxOpen?: number;
}

/**
 * Ten thousand imported users, or ten thousand who were deactivated in one go, wait in the table, where they cost nothing,
 * and not as ten thousand open workflows.
 */
export const MAX_OPEN = 200;

/** Where the next run goes on, by class; null: at the beginning. For `close` only Redis can read it. */
export type SweepCursors = Readonly<Record<SweepClass, string | null>>;

/** What a run has found and set going, of one class. */
export interface SweepCount {
  readonly started: number;
  /** One was open already when the workflow was to be started. */
  readonly busy: number;
  /** A workflow was open when it was found. */
  readonly open: number;
  /** Recent attempts were in vain, and the next one is not due yet. */
  readonly waiting: number;
  /** For `suspend`: how many of the open ones were woken, if any; they were blocked, and held the workflow id. */
  readonly woken?: number;
  /** Present where some were left out, since no more may be open. */
  readonly full?: true;
  /**
   * Why nothing, or not all, of the class could be looked at; `no-time`: the other classes took too long. The next run looks
   * again.
   */
  readonly skipped?: ErrorCode | 'no-time';
}

/** How a sweep ended. The next one reads the cursors. */
export interface ReconcileVerdict {
  readonly counts: Readonly<Record<SweepClass, SweepCount>>;
  readonly cursors: SweepCursors;
  /** Runs that were woken, by this sweep or an earlier one, and are still listed as blocked: once is enough. */
  readonly woken?: readonly string[];
}

/** What `findWork` is to look for. */
export interface FindWorkInput {
  readonly cursors: SweepCursors;
  /** The queue of each class. */
  readonly taskQueues: Readonly<Record<SweepClass, string>>;
  readonly maxOpen: number;
  /** Runs that were woken before. */
  readonly woken?: readonly string[];
}

/** A provisioning that is blocked. */
export interface BlockedRun {
  readonly workflowId: string;
  readonly runId: string;
}

/** Of one class: whom to start a workflow for, and who is left alone. */
export interface FoundClass extends Omit<SweepCount, 'started' | 'busy' | 'woken'> {
  readonly users: readonly string[];
  readonly cursor: string | null;
}

/** What `findWork` has found. */
export interface FoundWork extends Readonly<Record<SweepClass, FoundClass>> {
  /** Whom to wake, since a deactivated user is shut out only after that; absent where the class could not be looked at. */
  readonly wake?: readonly BlockedRun[];
  /** Of those that were woken before, the ones that are still listed as blocked. */
  readonly woken?: readonly string[];
}
