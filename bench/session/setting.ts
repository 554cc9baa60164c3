import { createClient } from 'redis';
import { createLibreChatClient, fromNodeRedis, type LibreChatClient } from '../../client/index.ts';
import type { RedisCommands } from '../../client/session-record/index.ts';
import { parseDjangoUserId, type DjangoUserId } from '../../contract/ids.ts';
import type { StandInFlags } from '../../tools/processes/stand-in.ts';
import { openVault, type Vault } from '../../tools/session-vault.ts';
import type { BenchContext } from '../harness/bench.ts';
import { openSetting, type Setting } from '../harness/setting.ts';
import { startBenchWorker, type BenchWorker } from '../harness/worker.ts';

/** Where sessions are measured: a world with one worker, and a BFF, which is this process. */
export interface SessionSetting extends AsyncDisposable {
  readonly world: Setting['world'];
  readonly worker: BenchWorker;
  readonly vault: Vault;
  /** The BFF's own. */
  readonly redis: ReturnType<typeof newRedis>;
  /** The BFF's client on its `redis`. */
  readonly chat: LibreChatClient;
  /** The client of another BFF, which shares nothing with the first one but the connections that it is given. */
  readonly openChat: (redis: RedisCommands) => LibreChatClient;
  /** Adds users who have accounts, rows and sessions. */
  readonly addUsers: (count: number) => Promise<readonly DjangoUserId[]>;
}

/** Longer than a login or a refresh can take on a machine with neighbours (ms). */
export const PATIENCE_MS = 60_000;

/** What is given to `vault.age` (ms): a token that is of no use any more. */
export const EXPIRED_MS = -60_000;

const newRedis = (url: string) => createClient({ url });

export async function openSessionSetting(
  context: BenchContext,
  standInFlags: StandInFlags = {},
): Promise<SessionSetting> {
  const setting = await openSetting(context, standInFlags);
  const { world, cores, addProvisioned } = setting;
  const worker = await startBenchWorker(world.environment, { core: cores.worker });
  const redisUrl = context.parts.redis.url;
  const redis = newRedis(redisUrl);
  await redis.connect();
  const vault = await openVault(world, redisUrl);
  const chats: LibreChatClient[] = [];
  const openChat = (commands: RedisCommands): LibreChatClient => {
    const chat = createLibreChatClient({
      temporal: world.client,
      redis: commands,
      sessionKey: world.keys.session,
      taskQueue: world.taskQueue,
    });
    chats.push(chat);
    return chat;
  };
  return {
    world,
    worker,
    vault,
    redis,
    chat: openChat(fromNodeRedis(redis)),
    openChat,
    addUsers: async (count) => (await addProvisioned(count)).map((id) => parseDjangoUserId(id)),
    async [Symbol.asyncDispose]() {
      // Before the connection that they share: it must not go while calls are under way.
      for (const chat of chats) await chat.close();
      redis.destroy();
      await vault[Symbol.asyncDispose]();
      await worker[Symbol.asyncDispose]();
      await setting[Symbol.asyncDispose]();
    },
  };
}

/** Gives them out one after the other, over and over. */
export function inTurn<Item>(items: readonly Item[]): () => Item {
  let turn = 0;
  return () => {
    const item = items[turn++ % items.length];
    if (item === undefined) throw new RangeError('There are no items');
    return item;
  };
}
