import { REFRESH_AHEAD_MS, USABLE_FOR_MS } from '../../contract/numbers.ts';

/** What a record says about its access token. Times are milliseconds since 1970. */
export interface TokenTimes {
  readonly expiresAt: number;
  /** Of the record: no earlier than the time at which it was written. */
  readonly epoch: number;
}

/** Whether nobody needs to refresh it yet. The one rule for worker and BFF. */
export function isFresh({ expiresAt, epoch }: TokenTimes, now: number): boolean {
  const lifeMs = expiresAt - epoch;
  return expiresAt - now > Math.max(USABLE_FOR_MS, Math.min(REFRESH_AHEAD_MS, lifeMs / 4));
}

/** Whether a request that is sent with it now will be accepted. */
export const isUsable = ({ expiresAt }: Pick<TokenTimes, 'expiresAt'>, now: number): boolean =>
  expiresAt - now > USABLE_FOR_MS;
