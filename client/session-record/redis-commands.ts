/** A Lua script, and the name under which Redis remembers it. */
export interface RedisScript {
  readonly source: string;
  /** Hexadecimal, of the source. */
  readonly sha1: string;
}

/** All that is needed from a Redis client. */
export interface RedisCommands {
  get(key: string): Promise<string | null>;
  run(script: RedisScript, keys: readonly string[], args: readonly string[]): Promise<unknown>;
}

interface NodeRedisScriptOptions {
  keys: string[];
  arguments: string[];
}

/** The part of a client, pool or cluster of `redis` (node-redis 5 and later) that is used. */
export interface NodeRedisLike {
  get(key: string): Promise<unknown>;
  evalSha(sha1: string, options: NodeRedisScriptOptions): Promise<unknown>;
  eval(script: string, options: NodeRedisScriptOptions): Promise<unknown>;
}

/** The part of a client or cluster of `ioredis` that is used. */
export interface IoRedisLike {
  get(key: string): Promise<unknown>;
  evalsha(sha1: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>;
  eval(script: string, numberOfKeys: number, ...keysAndArgs: string[]): Promise<unknown>;
}

/** Makes a client of `redis` fit. */
export function fromNodeRedis(client: NodeRedisLike): RedisCommands {
  return {
    get: async (key) => textOrNull(await client.get(key)),
    run(script, keys, args) {
      const options = { keys: [...keys], arguments: [...args] };
      return bySha1First(
        () => client.evalSha(script.sha1, options),
        () => client.eval(script.source, options),
      );
    },
  };
}

/** Makes a client of `ioredis` fit. */
export function fromIoRedis(client: IoRedisLike): RedisCommands {
  return {
    get: async (key) => textOrNull(await client.get(key)),
    run: (script, keys, args) =>
      bySha1First(
        () => client.evalsha(script.sha1, keys.length, ...keys, ...args),
        () => client.eval(script.source, keys.length, ...keys, ...args),
      ),
  };
}

/** Redis forgets its scripts when it restarts; sending the source makes it remember. */
async function bySha1First(
  bySha1: () => Promise<unknown>,
  bySource: () => Promise<unknown>,
): Promise<unknown> {
  try {
    return await bySha1();
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOSCRIPT')) return bySource();
    throw error;
  }
}

function textOrNull(reply: unknown): string | null {
  if (reply === null || reply === undefined) return null;
  if (typeof reply === 'string') return reply;
  throw new TypeError('the Redis client does not answer text: leave its type mapping alone');
}
