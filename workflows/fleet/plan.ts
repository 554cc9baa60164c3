import type { DueRule } from '../../contract/due.ts';
import type { FleetRequest, ShardState } from '../../contract/fleet.ts';
import type { RotateReason } from '../../contract/messages.ts';
import { FIRST_POSITION } from '../../contract/tally.ts';

const DAY_SECONDS = 86_400;
const DEFAULT_PERIOD_DAYS = 30;

/** Shards at most. */
const SHARDS = 8;
/** A shard for fewer users is not worth its cost. */
const USERS_PER_SHARD = 25;
/**
 * Rotations that are open at once, in all shards together. LibreChat hashes one password at a time, about 90 ms each, and a
 * rotation takes four: these keep it busy for about 6 s, and more would only hold their accounts' ids for longer.
 */
const OPEN_ROTATIONS = 16;

export function dueRule({ mode, periodDays = DEFAULT_PERIOD_DAYS }: FleetRequest, now: number): DueRule {
  return {
    startedAt: Math.ceil(now / 1_000),
    periodSeconds: mode === 'due' ? Math.round(periodDays * DAY_SECONDS) : 0,
  };
}

/** The shards of a run over so many users, at their beginning. */
export function layOut(due: number): readonly ShardState[] {
  const shards = Math.min(SHARDS, Math.ceil(due / USERS_PER_SHARD));
  return Array.from({ length: shards }, () => ({ position: FIRST_POSITION, finished: false }));
}

export const windowOf = (shards: number): number => Math.max(1, Math.floor(OPEN_ROTATIONS / shards));

/** Only an incident makes sure that the old sessions end. */
export function reasonOf({ mode }: Pick<FleetRequest, 'mode'>): RotateReason {
  switch (mode) {
    case 'due':
      return 'scheduled';
    case 'incident':
      return 'incident';
    case 'list':
      return 'manual';
  }
}
