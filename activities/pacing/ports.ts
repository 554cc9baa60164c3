import type { ErrorCode } from '../../contract/errors.ts';

/** A route of LibreChat that has a limit of calls per time, by the source address of the caller. */
export type LimitedRoute = 'login' | 'register' | 'requestPasswordReset' | 'resetPassword';

/** How many calls of each limited route a piece of work makes, as far as can be known before it. */
export type CallPlan = Readonly<Partial<Record<LimitedRoute, number>>>;

/** `bulk` leaves a share of every limit to `interactive`, for which a person waits. */
export type WorkKind = 'interactive' | 'bulk';

/** What became of a call, as far as its limit goes. Times are relative: LibreChat's clock need not be ours. */
export type RouteAnswer =
  | {
      /** LibreChat named its limit. */
      readonly kind: 'limits';
      /** Calls per window. */
      readonly limit: number;
      /** Calls left in the window, after this one. */
      readonly remaining: number;
      /** How long the window lasts from now on, at most (ms). */
      readonly resetInMs: number;
      /** The end of the window by LibreChat's clock (s): names the window. */
      readonly windowEnd: number;
      /** When LibreChat said so, by its clock (s). */
      readonly saidAt: number;
    }
  /** 429, without a word about the limit. */
  | { readonly kind: 'refused'; readonly retryInMs: number }
  /** An answer of the route itself, without a word about a limit: it has none. */
  | { readonly kind: 'unlimited' }
  /** LibreChat may have counted it. */
  | { readonly kind: 'unknown' }
  /** Not one byte was sent. */
  | { readonly kind: 'unsent' };

/** `lease` names the calls that were taken, until each of them was made or given back. */
export type Taken =
  | { readonly granted: true; readonly lease: string }
  | { readonly granted: false; readonly retryAfterSeconds: number };

/** How many rotations may be started. With `granted` 0: after how many seconds to ask again. */
export interface Admission {
  readonly granted: number;
  readonly retryAfterSeconds: number;
}

/** The limit of a route as far as it is known. */
export interface RouteLimit {
  /** Calls per window; null: the route has no limit. */
  readonly limit: number | null;
  readonly windowMs: number;
  /** LibreChat has said so; otherwise they are its defaults. */
  readonly limitLearned: boolean;
  readonly windowLearned: boolean;
}

export type RouteLimits = Readonly<Record<LimitedRoute, RouteLimit>>;

/**
 * What LibreChat's limits leave room for, as far as its answers show. It counts like LibreChat: a window opens with the first
 * call and lasts for a fixed time. A call that was taken is held until it was answered, in whatever window that is.
 */
export interface RateBudget {
  /** Takes all calls of a plan or none. */
  take(plan: CallPlan, kind: WorkKind): Promise<Taken>;
  /** One call of a lease was made: what LibreChat said to it. */
  learn(route: LimitedRoute, answer: RouteAnswer, lease: string): Promise<void>;
  /** Ends a lease: what is left of its calls is not made. */
  giveBack(lease: string): Promise<void>;
  /**
   * How many pieces of bulk work with this plan may be started, at most `want`, beside those that were promised before
   * and have not taken their calls yet. A promise lapses within the shortest window, after half of it at the earliest.
   */
  promise(plan: CallPlan, want: number): Promise<Admission>;
  limits(): Promise<RouteLimits>;
}

/** How many rotations the fleet may start: by LibreChat's limits, and by what LibreChat answers everybody. */
export interface RotationBudget {
  /**
   * How many rotations of the fleet may be started now, at most `want`, without taking what interactive work may need.
   * What was granted is not granted again within LibreChat's window.
   *
   * @returns with `granted` 0: after how many seconds to ask again
   */
  admit(want: number): Promise<Admission>;
  /** The system's code that LibreChat answers everything with at the moment, so that bulk work should wait. */
  trouble(): ErrorCode | undefined;
  /** An operator says that it is over: what was met before does not count any more. */
  trust(): void;
}
