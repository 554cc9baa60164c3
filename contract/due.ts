import { spread, spreadAround } from './spread.ts';

/** Which passwords are due. */
export interface DueRule {
  /** Start of the run, seconds since 1970, rounded up: a password of the same second may be older. */
  readonly startedAt: number;
  /** 0: whatever was minted before the run began. */
  readonly periodSeconds: number;
}

/** Users who were imported on one day must not fall due on one day. */
const SPREAD = 0.1;

/** A password of this user is due when it was minted before this time (seconds since 1970). */
export function dueBefore({ startedAt, periodSeconds }: DueRule, djangoUserId: string): number {
  return startedAt - Math.floor(periodSeconds * spreadAround(djangoUserId, SPREAD));
}

/** No user's password is due that was minted at this time or later (seconds since 1970). */
export const latestDueBefore = ({ startedAt, periodSeconds }: DueRule): number =>
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
