import type { DuePage } from '../../contract/activities.ts';
import type { ShardInput, ShardPosition } from '../../contract/fleet.ts';
import { fleet } from '../proxies.ts';

/** What a look is about, besides the shard. */
export interface Look {
  /** Users at most; 0: only look at the rows of those who were rotated, and whether LibreChat answers. */
  readonly limit: number;
  readonly place: Pick<ShardPosition, 'phase' | 'after'>;
  /** Since the last look. */
  readonly rotated: readonly string[];
  /** The run was resumed just now. */
  readonly resumed: boolean;
  /** Only these, instead of those of the shard. */
  readonly among?: readonly string[];
}

/** Asks for the next due users of a shard. Of a long list only as many names travel as the page can hold, and one more. */
export function look({ rule, shard, shards, among: listed }: ShardInput, asked: Look): Promise<DuePage> {
  const { limit, place, rotated, resumed } = asked;
  const among = asked.among ?? (listed === undefined ? undefined : ahead(listed, place, limit + 1));
  return fleet.findDue({
    rule,
    shard,
    shards,
    ...(among === undefined ? {} : { among }),
    after: place.after,
    future: place.phase === 'future',
    limit,
    rotated,
    ...(resumed ? { resumed } : {}),
  });
}

function ahead(listed: readonly string[], { after }: Look['place'], count: number): readonly string[] {
  const from = after === null ? 0 : listed.indexOf(after.djangoUserId) + 1;
  return listed.slice(from, from + count);
}
