import type { FleetProgress, ShardPosition } from '../../../contract/fleet.ts';
import { ended, total } from '../../../contract/tally.ts';

/** How far a run is, with what its shards know by now. */
export interface Snapshot extends Omit<FleetProgress, 'shards'> {
  readonly shards: number;
  readonly shardsFinished: number;
}

/** Shards report now and then; asked, they answer at once, and that costs nothing. */
export async function upToDate(
  { shards, ...progress }: FleetProgress,
  ask: (shard: number) => Promise<ShardPosition>,
): Promise<Snapshot> {
  const known = await Promise.all(
    shards.map(async (told, shard) => {
      if (told.finished) return told;
      // It has just ended, or goes on as another run.
      const now = await ask(shard).catch(() => undefined);
      if (now === undefined || ended(now.tally) < ended(told.tally)) return told;
      return { tally: now.tally, busy: now.busy.length + now.visiting.length };
    }),
  );
  return {
    ...progress,
    tally: total(known.map(({ tally }) => tally)),
    busy: known.reduce((sum, { busy }) => sum + busy, 0),
    shards: shards.length,
    shardsFinished: shards.filter(({ finished }) => finished).length,
  };
}
