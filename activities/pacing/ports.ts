import type { ErrorCode } from '../../contract/errors.ts';

/** A route of LibreChat that has a limit of calls per time, by the source address of the caller. */
export type LimitedRoute = 'login' | 'register' | 'requestPasswordReset' | 'resetPassword';

/** How many calls of each limited route a piece of work makes, as far as can be known before it. */
export type CallPlan = Readonly<Partial<Record<LimitedRoute, number>>>;

/** What LibreChat's limits leave room for. Shared by all workers, and by all kinds of work. */
export interface RotationBudget {
  /**
   * How many rotations of the fleet may be started now, at most `want`, without taking what interactive work may need.
   * What was granted is not granted again within LibreChat's window.
   *
   * @returns with `granted` 0: after how many seconds to ask again
   */
  admit(want: number): Promise<{ readonly granted: number; readonly retryAfterSeconds: number }>;
  /** The system's code that LibreChat answers everything with at the moment, so that bulk work should wait. */
  trouble(): ErrorCode | undefined;
}
