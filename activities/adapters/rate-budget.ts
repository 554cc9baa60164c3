import { createHash, randomUUID } from 'node:crypto';
import { z } from 'zod';
import { withinDeadline } from '../../client/session-record/deadline.ts';
import { BridgeError } from '../../contract/errors.ts';
import type { Secret } from '../../contract/secret.ts';
import type { RateBudget, RouteLimits } from '../pacing/ports.ts';
import {
  CAUTIOUS_LIMIT,
  DEFAULT_LIMITS,
  INTERACTIVE_SHARE,
  LEASE_MS,
  LIMITED_ROUTES,
  LONGEST_CALL_SECONDS,
  ROUNDING_MS,
  SOON_MS,
} from '../pacing/rules.ts';
import { newWindow } from '../pacing/route-window.ts';
import { BUDGET_SCRIPT } from './rate-budget-script.ts';
import { createRedisConnection } from './redis-connection.ts';

/** The budget that all workers share. Every method may throw `SessionStoreUnavailable`. */
export interface RedisRateBudget extends RateBudget {
  disconnect(): Promise<void>;
}

/** A step waits this long for Redis, then goes on without it (ms). */
const TIMEOUT_MS = 300;

/** What was learned is worth something as long as nobody changes LibreChat's limits (ms). */
const KEEP_MS = 7 * 86_400_000;

/** Version of what the key holds: workers of two versions do not read each other's. */
const FORMAT = 1;

/** JSON for Lua has no null of its own: -1 is no limit. */
const NO_LIMIT = -1;

const RULES = JSON.stringify({
  windows: Object.fromEntries(
    LIMITED_ROUTES.map((route) => {
      const { mine: _, ...window } = newWindow(DEFAULT_LIMITS[route]);
      return [route, { ...window, limit: window.limit ?? NO_LIMIT }];
    }),
  ),
  interactiveShare: INTERACTIVE_SHARE,
  cautiousLimit: CAUTIOUS_LIMIT,
  leaseMs: LEASE_MS,
  soonMs: SOON_MS,
  roundingMs: ROUNDING_MS,
  longestCallSeconds: LONGEST_CALL_SECONDS,
  keepMs: KEEP_MS,
});

const WAIT = z.object({ wait: z.int() });
const GRANT = z.object({ wait: z.int(), granted: z.int() });
const WINDOW = z.object({
  limit: z.number().transform((limit) => (limit === NO_LIMIT ? null : limit)),
  windowMs: z.number(),
  limitLearned: z.boolean(),
  windowLearned: z.boolean(),
});
const WINDOWS = z.record(z.enum(LIMITED_ROUTES), WINDOW);

/**
 * LibreChat's limits, counted in Redis. Whoever calls the same LibreChat from the same source address has the same ones.
 *
 * @param options.libreChatUrl the LibreChat whose limits they are
 * @param options.onAway called once each time Redis goes away
 * @param options.now milliseconds; default: the clock of Redis, which all workers share
 * @throws BridgeError `ConfigurationInvalid` when the URL of Redis is not valid
 */
export function createRateBudget(options: {
  readonly url: Secret;
  readonly libreChatUrl: string;
  readonly onAway?: () => void;
  readonly now?: () => number;
}): RedisRateBudget {
  const { url, libreChatUrl, onAway, now } = options;
  const connection = createRedisConnection({ url, ...(onAway === undefined ? {} : { onAway }) });
  const key = budgetKey(libreChatUrl);
  const run = async <Reply>(operation: string, input: object, reply: z.ZodType<Reply>): Promise<Reply> => {
    const args = [operation, now === undefined ? '' : String(now()), RULES, JSON.stringify(input)];
    const call = (): Promise<unknown> => connection.commands.run(BUDGET_SCRIPT, [key], args);
    const text = await withinDeadline(TIMEOUT_MS, call, () => connection.reportTimeout());
    return readReply(text, reply);
  };
  return {
    async take(plan, kind) {
      const lease = randomUUID();
      const { wait } = await run('take', { plan, kind, lease }, WAIT);
      return wait === 0 ? { granted: true, lease } : { granted: false, retryAfterSeconds: wait };
    },
    learn: async (route, answer, lease) => void (await run('learn', { route, answer, lease }, z.unknown())),
    giveBack: async (lease) => void (await run('giveBack', { lease }, z.unknown())),
    async promise(plan, want) {
      const { granted, wait } = await run('promise', { plan, want }, GRANT);
      return { granted, retryAfterSeconds: wait };
    },
    limits: async (): Promise<RouteLimits> => run('limits', {}, WINDOWS),
    disconnect: () => connection.close(),
  };
}

/** One key, and none for each route: what is taken together must lie in one slot of a cluster. */
export function budgetKey(libreChatUrl: string): string {
  const digest = createHash('sha256').update(libreChatUrl.replace(/\/+$/, '')).digest('hex');
  return `librechat:budget:${FORMAT}:${digest.slice(0, 16)}`;
}

function readReply<Reply>(text: unknown, schema: z.ZodType<Reply>): Reply {
  try {
    return schema.parse(JSON.parse(String(text)));
  } catch {
    throw new BridgeError('SessionStoreUnavailable', {
      detail: 'the budget under librechat:budget:* was not written by us',
    });
  }
}
