import { randomBytes } from 'node:crypto';
import { openWorld, type World } from '../../tools/world.ts';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import type { BareAccount } from '../harness/bare-calls.ts';
import type { BenchContext } from '../harness/bench.ts';
import { pinnedCores, type Cores } from '../harness/cores.ts';

/** Where provisioning is measured: a world whose stand-in has a core of its own. */
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

const newAddress = (): string => `${randomBytes(8).toString('hex')}@example.com`;

/** An account as the worker would make it: a password of as many characters, a name as long. */
export const newAccount = (): BareAccount => ({
  email: newAddress(),
  name: 'Ada Lovelace',
  password: randomBytes(24).toString('base64url'),
});
