/*
 * The messages of a fleet run. One coordinator (`rotateFleet`) has shards (`rotateShard`), which start a rotation for each
 * user whose password is due.
 */
import type { DueRule, DueUser } from './due.ts';
import type { ErrorCode } from './errors.ts';
import type { RotateReason } from './messages.ts';

/**
 * `due`: passwords that are older than the period. `incident`: all that were minted before the run began, since they may be
 * known to somebody. `list`: those of the named users, whatever their age.
 */
export type FleetMode = 'due' | 'incident' | 'list';

/** What a fleet run is to do. */
export interface FleetRequest {
  readonly mode: FleetMode;
  /** With `due`: how old a password may become, in days. Users are spread over 10 % more or less by a hash of their id. */
  readonly periodDays?: number;
  /** With `list`: Django's primary keys as text, in canonical spelling. At most {@link LONGEST_LIST}. */
  readonly djangoUserIds?: readonly string[];
  /** Only count. */
  readonly dryRun?: boolean;
}

/** The whole list travels with the run, through Temporal to the shards. */
export const LONGEST_LIST = 10_000;

/** Input of `startFleet` is a request; that of `rotateFleet` is one too, and what it carries on when it continues as new. */
export interface FleetInput extends FleetRequest {
  readonly carried?: FleetState;
}

/** What became of users so far. */
export interface Tally {
  readonly rotated: number;
  /** LibreChat took the new password, and could not be asked afterwards: the sweep looks again. */
  readonly unverified: number;
  /** Somebody else had rotated them, or they are gone or inactive. */
  readonly passedOver: number;
  /** The run of the rotation was terminated, or failed by a defect. */
  readonly lost: number;
  /** Their row had an old password again after the rotation; it was put in doubt for the sweep. */
  readonly drift: number;
  /** By code. */
  readonly failed: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Of the failed: users who failed before as well, and who do not count against the failure budget. */
  readonly failedBefore: number;
}

/** How far a shard has come. */
export interface ShardPosition {
  /** Passwords with a time in the future, before that time comes; then the old ones; then the users who were busy. */
  readonly phase: 'future' | 'old' | 'busy';
  /** The last user of this phase that was started; null at its beginning. */
  readonly after: DueUser | null;
  /** Users whose account had another workflow open. */
  readonly busy: readonly string[];
  /** In the last phase: those of them who are still to be visited in this pass. */
  readonly visiting: readonly string[];
  /** How many passes over the busy ones were begun. */
  readonly passes: number;
  readonly tally: Tally;
}

/** Input of `rotateShard`. */
export interface ShardInput {
  readonly shard: number;
  readonly shards: number;
  /** How many rotations are open at most. */
  readonly window: number;
  readonly rule: DueRule;
  readonly reason: RotateReason;
  /** With the mode `list`: the users of this shard. */
  readonly among?: readonly string[];
  readonly position: ShardPosition;
  readonly paused: boolean;
  /** How often the run was resumed. */
  readonly resumes: number;
}

/** How a shard ended. */
export interface ShardVerdict {
  /** `stopped`: it was told to; the position says where to go on. */
  readonly outcome: 'finished' | 'stopped';
  readonly position: ShardPosition;
}

/** What a shard reports to its coordinator now and then. */
export interface ShardReport {
  readonly shard: number;
  readonly position: ShardPosition;
  /** The number of resumes the shard knew of when it started the rotations in this report. */
  readonly resumes: number;
  /** LibreChat answers everything with this code; the shard waits. */
  readonly trouble?: ErrorCode;
}

/** Why a fleet run does not go on by itself. */
export interface FleetPause {
  /** `operator`, or the rule of the failure budget. */
  readonly by: 'operator' | 'system' | 'users';
  /** The code that was met, for `system` and `users` the last one. */
  readonly code?: ErrorCode;
  /** In an operator's words. */
  readonly why?: string;
}

/** What the failure budget has seen since the last resume. */
export interface BudgetState {
  /** Failures by a system's code without any success between them. */
  readonly systemInARow: number;
  readonly ended: number;
  readonly userFailures: number;
  readonly lastSystemCode?: ErrorCode;
  readonly lastUserCode?: ErrorCode;
}

/**
 * Users whom a run is meant for but does not rotate. With `list`: those who are not linked, not active, have no token, or have
 * one that is dated after the start. With `incident`: those whose token is dated ahead. At most 100 are named.
 */
export interface LeftOut {
  readonly count: number;
  readonly named: readonly string[];
}

/** What a run is about, at its beginning. */
export interface DueCount {
  readonly due: number;
  /** Active linked users whose column holds no token but something else: nobody knows its age. */
  readonly unreadable: number;
  readonly leftOut: LeftOut;
}

/** What a coordinator carries from run to run. */
export interface FleetState extends DueCount {
  readonly rule: DueRule;
  readonly shards: readonly ShardState[];
  readonly budget: BudgetState;
  readonly paused?: FleetPause;
  readonly resumes: number;
  /** When the run was begun or resumed, and how many users had ended by then: the rate counts from here. */
  readonly since: { readonly at: number; readonly ended: number };
}

/** What a coordinator knows of a shard. */
export interface ShardState {
  readonly position: ShardPosition;
  readonly finished: boolean;
}

/** The answer to the query `progress`. */
export interface FleetProgress {
  readonly mode: FleetMode;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: 'running' | 'paused' | 'aborting';
  readonly paused?: FleetPause;
  readonly due: number;
  readonly tally: Tally;
  readonly busy: number;
  /** As last reported; they may have got further since. */
  readonly shards: readonly { readonly tally: Tally; readonly busy: number; readonly finished: boolean }[];
  /** Since the run was begun or resumed; 0 while it is paused. */
  readonly perMinute: number;
  /** Undefined while nothing has ended. */
  readonly etaSeconds?: number;
}

/** How a fleet run ended. `counted`: it was a dry run. */
export interface FleetVerdict extends DueCount {
  readonly outcome: 'finished' | 'aborted' | 'counted';
  readonly mode: FleetMode;
  readonly tally: Tally;
  /** Users who were busy to the end; at most 100 of them are named. */
  readonly busy: readonly string[];
  readonly busyCount: number;
}

/** What `startFleet` returns: it waits for nothing. */
export interface FleetStart {
  readonly outcome: 'started' | 'busy';
}

/** Signals of `rotateFleet`. */
export const FLEET_SIGNALS = {
  /** Start nothing more; what is open goes on. Takes the operator's reason. */
  pause: 'pause',
  resume: 'resume',
  /** Start nothing more, wait up to a minute for what is open, and end. */
  abort: 'abort',
  /** As abort, and then go on with another request, which is the argument. */
  replace: 'replace',
  /** From the shards. */
  report: 'report',
} as const;

/** Signals of `rotateShard`, from its coordinator. `pause` and `resume` take how often the run was resumed. */
export const SHARD_SIGNALS = { pause: 'pause', resume: 'resume', stop: 'stop' } as const;

/** Queries of `rotateFleet` ({@link FleetProgress}) and `rotateShard` ({@link ShardPosition}). */
export const FLEET_QUERIES = { progress: 'progress', position: 'position' } as const;
