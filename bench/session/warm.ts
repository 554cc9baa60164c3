import { Redis } from 'ioredis';
import { fromIoRedis, type LibreChatClient } from '../../client/index.ts';
import { recordKeys } from '../../client/session-record/index.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { alternate, side } from '../harness/alternate.ts';
import type { BenchContext, Findings, Row } from '../harness/bench.ts';
import { spread } from '../harness/spread.ts';
import { quantile } from '../harness/statistics.ts';
import { openSessionSetting, type SessionSetting } from './setting.ts';

/** In flight at the same time, each of another user. */
const IN_FLIGHT = [1, 50] as const;
/** A block is so short (some 10 ms) that both sides meet the same machine. */
const CALLS_PER_BLOCK = 200;
const BLOCKS = { quick: 20, full: 300 } as const;
/** Until the code of both sides is compiled. */
const WARM_UP_BLOCKS = 30;
/** Of the access token, whenever something is measured (ms): LibreChat's default, so that nothing is about to end. */
const TOKEN_LEFT_MS = 900_000;

/** A BFF, by the Redis client that it has. */
interface Bff {
  readonly library: string;
  readonly get: (key: string) => Promise<unknown>;
  readonly chat: LibreChatClient;
}

interface Comparison {
  readonly rows: readonly Row[];
  readonly p50: number;
  readonly p99: number;
}

/** What `session()` costs while the token is good, against a GET of the same record by the same Redis client. */
export async function measureWarm(context: BenchContext): Promise<Findings> {
  const { log, parts } = context;
  await using setting = await openSessionSetting(context, { 'bcrypt-cost': 4 });
  const { worker, redis, chat, openChat, addUsers, vault } = setting;
  const users = await addUsers(Math.max(...IN_FLIGHT));
  // It has nothing to do from here on.
  await worker.process.stop();
  const [user] = users;
  if (user === undefined) throw new Error('There are no users');

  const ioRedis = new Redis(parts.redis.url);
  const bffs: readonly [Bff, Bff] = [
    { library: 'node-redis', get: (key) => redis.get(key), chat },
    { library: 'ioredis', get: (key) => ioRedis.get(key), chat: openChat(fromIoRedis(ioRedis)) },
  ];
  const rows: Row[] = [
    { label: 'session record', value: (await vault.records.read(user))?.length ?? 0, unit: 'bytes' },
  ];
  const ofNodeRedis: Comparison[] = [];
  for (const bff of bffs)
    for (const inFlight of IN_FLIGHT) {
      log(`Warm sessions, ${bff.library}, ${inFlight} in flight, in turn with GETs`);
      await Promise.all(users.map((one) => vault.age(one, TOKEN_LEFT_MS)));
      const comparison = await compare(context, bff, users.slice(0, inFlight));
      rows.push(...comparison.rows);
      if (bff === bffs[0]) ofNodeRedis.push(comparison);
    }
  ioRedis.disconnect();
  log('Warm sessions whose record has changed');
  rows.push(...(await changedRecord(setting, user, CALLS_PER_BLOCK * (context.quick ? 1 : 10))));
  return {
    rows,
    figures: {
      warm_vs_get_p50: Math.max(...ofNodeRedis.map(({ p50 }) => p50)),
      warm_vs_get_p99: Math.max(...ofNodeRedis.map(({ p99 }) => p99)),
    },
  };
}

async function compare(
  { quick }: BenchContext,
  { library, get, chat }: Bff,
  users: readonly DjangoUserId[],
): Promise<Comparison> {
  const keys = users.map((user) => recordKeys(user).session);
  const sides = {
    bare: () => latencies(keys.map((key) => () => get(key))),
    ours: () => latencies(users.map((user) => () => chat.session(user))),
  };
  await alternate(WARM_UP_BLOCKS, sides);
  const pairs = await alternate(BLOCKS[quick ? 'quick' : 'full'], sides);
  const [bare, ours] = [side(pairs, 'bare').flat(), side(pairs, 'ours').flat()];
  const ratio = (share: number): number => quantile(ours, share) / quantile(bare, share);
  const label = `${library}, ${users.length} in flight`;
  return {
    rows: [
      ...spread(`${label}: GET`, bare, [50, 99], 'µs'),
      ...spread(`${label}: session()`, ours, [50, 99], 'µs'),
      { label: `${label}: session() ÷ GET, p50`, value: ratio(0.5), unit: '×' },
      { label: `${label}: session() ÷ GET, p99`, value: ratio(0.99), unit: '×' },
    ],
    p50: ratio(0.5),
    p99: ratio(0.99),
  };
}

/** The times (µs) of a block's calls: in each lane one after the other, all lanes at once. */
async function latencies(lanes: readonly (() => Promise<unknown>)[]): Promise<readonly number[]> {
  const taken: number[] = [];
  const run = async (call: () => Promise<unknown>): Promise<void> => {
    for (let left = CALLS_PER_BLOCK / lanes.length; left > 0; left--) {
      const startedAt = performance.now();
      await call();
      taken.push((performance.now() - startedAt) * 1_000);
    }
  };
  await Promise.all(lanes.map(run));
  return taken;
}

/** What it costs to open a record that is not the one that is known, one call in flight. */
async function changedRecord(
  { vault, chat }: SessionSetting,
  user: DjangoUserId,
  count: number,
): Promise<readonly Row[]> {
  const callAfter = async (prepare: () => Promise<unknown>): Promise<number> => {
    await prepare();
    const startedAt = performance.now();
    await chat.session(user);
    return (performance.now() - startedAt) * 1_000;
  };
  const pairs = await alternate(count, {
    bare: () => callAfter(() => chat.session(user)),
    ours: () => callAfter(() => vault.age(user, TOKEN_LEFT_MS)),
  });
  const [known, changed] = [side(pairs, 'bare'), side(pairs, 'ours')];
  const opening = quantile(changed, 0.5) - quantile(known, 0.5);
  return [
    ...spread('node-redis: session() of a changed record', changed, [50, 99], 'µs'),
    { label: 'of it to decrypt, p50 beyond that of a known record', value: opening, unit: 'µs' },
  ];
}
