/*
 * The messages of a fleet run. One coordinator (`rotateFleet`) has shards (`rotateShard`), which start a rotation for each
 * user whose password is due.
 */
import { ERRORS } from './error-table.ts';
import type { ErrorCode } from './errors.ts';
import type { RotateReason } from './messages.ts';
import { spread } from './spread.ts';

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

/** Which passwords are due. */
export interface DuePlan {
  /** Start of the run, seconds since 1970, rounded up: a password of the same second may be older. */
  readonly startedAt: number;
  /** 0: whatever was minted before the run began. */
  readonly periodSeconds: number;
}

/** Users who were imported on one day must not fall due on one day. */
const SPREAD = 0.1;

/** A password of this user is due when it was minted before this time (seconds since 1970). */
export function dueBefore({ startedAt, periodSeconds }: DuePlan, djangoUserId: string): number {
  return startedAt - Math.floor(periodSeconds * (1 - SPREAD + 2 * SPREAD * spread(djangoUserId)));
}

/** No user's password is due that was minted at this time or later (seconds since 1970). */
export const latestDueBefore = ({ startedAt, periodSeconds }: DuePlan): number =>
  startedAt - Math.floor(periodSeconds * (1 - SPREAD));

/** The shard that a user belongs to, from 0. Not the hash of the age, or one shard would get all the early ones. */
export const shardOf = (djangoUserId: string, shards: number): number =>
  Math.min(Math.floor(spread(`shard ${djangoUserId}`) * shards), shards - 1);

/** A user whose password is due, and the place in the order of pages: by age, then by id. */
export interface DueUser {
  readonly djangoUserId: string;
  /** Seconds since 1970. */
  readonly mintedAt: number;
}

/** What became of users so far. */
export interface Tally {
  readonly rotated: number;
  /** LibreChat took the new password, and could not be asked afterwards: the sweep looks again. */
  readonly unverified: number;
  /** Somebody else had rotated them, or they are gone or inactive. */
  readonly passedOver: number;
  /** The run of the rotation was terminated, or failed by a defect. */
  readonly aborted: number;
  /** Their row had an old password again after the rotation; it was put in doubt for the sweep. */
  readonly drift: number;
  /** By code. */
  readonly failed: Readonly<Partial<Record<ErrorCode, number>>>;
  /** Of the failed: users who failed before as well, and who do not count against the failure budget. */
  readonly failedBefore: number;
}

/** How far a shard has come. */
export interface ShardPosition {
  /** The old passwords, then those with a time in the future, then the users who were busy. */
  readonly phase: 'old' | 'future' | 'busy';
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
  readonly plan: DuePlan;
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
  readonly attempts: number;
  readonly userFailures: number;
  readonly lastSystemCode?: ErrorCode;
  readonly lastUserCode?: ErrorCode;
}

/** What a coordinator carries from run to run. */
export interface FleetState {
  readonly plan: DuePlan;
  /** Users that were due at the beginning. */
  readonly due: number;
  readonly unreadable: number;
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
export interface FleetVerdict {
  readonly outcome: 'finished' | 'aborted' | 'counted';
  readonly due: number;
  readonly tally: Tally;
  /** Active linked users whose column holds no token but something else: nobody knows its age. */
  readonly unreadable: number;
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
  /** Start nothing more, wait for what is open, and end. */
  abort: 'abort',
  /** As abort, and then go on with another request, which is the argument. */
  replace: 'replace',
  /** From the shards. */
  report: 'report',
} as const;

/** Signals of `rotateShard`, from its coordinator. */
export const SHARD_SIGNALS = { pause: 'pause', resume: 'resume', stop: 'stop' } as const;

/** Queries of `rotateFleet` ({@link FleetProgress}) and `rotateShard` ({@link ShardPosition}). */
export const FLEET_QUERIES = { progress: 'progress', position: 'position' } as const;

/** Why, and what to do. */
export function describePause({ by, code, why }: FleetPause): string {
  const step = code === undefined ? '' : ` ${code}: ${ERRORS[code].message}. ${ERRORS[code].nextStep}`;
  switch (by) {
    case 'operator':
      return `by an operator${why === undefined ? '' : `: ${why}`}.`;
    case 'system':
      return `LibreChat or the worker fails for everybody.${step} Then \`resume\`.`;
    case 'users':
      return `too many users cannot be rotated, the last one with:${step} Then \`resume\`.`;
  }
}

/** A span of time, for people: `45 s`, `12 min`, `3.5 h`. */
export function describeSeconds(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
