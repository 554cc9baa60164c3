import { openWorld, type World } from '../../tools/world.ts';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import { newAddress } from './bare-accounts.ts';
import type { BenchContext } from './bench.ts';
import { pinnedCores, type Cores } from './cores.ts';

/** Where a bench measures: a world whose stand-in has a core of its own. */
export interface Setting extends AsyncDisposable {
  readonly world: World;
  readonly cores: Cores;
  /** Adds rows to the user table, as sign-ups do. */
  readonly addUsers: (count: number) => Promise<readonly string[]>;
  /** Adds users who have accounts, rows and sessions. Needs a worker. */
  readonly addProvisioned: (count: number) => Promise<readonly string[]>;
}

/** Users that are provisioned at once. */
const PROVISIONED_AT_ONCE = 20;

export async function openSetting(
  { parts }: BenchContext,
  standInFlags: StandInFlags = {},
): Promise<Setting> {
  const cores = pinnedCores();
  const world = await openWorld(
    {
      temporalAddress: parts.temporal.address,
      postgresUrl: parts.postgres.adminUrl,
      redisUrl: parts.redis.url,
    },
    { standInFlags, ...(cores.standIn === undefined ? {} : { standInCore: cores.standIn }) },
  );
  const addUser = (): Promise<string> => world.database.addUser({ email: newAddress() });
  const addUsers: Setting['addUsers'] = (count) => Promise.all(Array.from({ length: count }, addUser));
  return {
    world,
    cores,
    addUsers,
    async addProvisioned(count) {
      const ids: string[] = [];
      while (ids.length < count) {
        const added = await addUsers(Math.min(PROVISIONED_AT_ONCE, count - ids.length));
        await Promise.all(added.map(async (id) => (await world.provision(id)).result()));
        ids.push(...added);
      }
      return ids;
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}
