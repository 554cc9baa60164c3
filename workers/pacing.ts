import type { Logger } from 'pino';
import { createLibreChat, type LibreChatAdapter } from '../activities/adapters/librechat/index.ts';
import { createRateBudget } from '../activities/adapters/rate-budget.ts';
import { createCallWatch } from '../activities/pacing/call-watch.ts';
import { MemoryBudget } from '../activities/pacing/memory-budget.ts';
import { paced, type Breakers } from '../activities/pacing/paced-librechat.ts';
import type { RotationBudget, WorkKind } from '../activities/pacing/ports.ts';
import { createRotationBudget } from '../activities/pacing/rotation-budget.ts';
import { createSharedBudget } from '../activities/pacing/shared-budget.ts';
import type { Configuration } from './configuration/configuration.ts';

/** How many places bulk work holds at most in the queue of LibreChat, which hashes one password at a time. */
const BULK_HASHING_WIDTH = 2;

/** LibreChat as each kind of work reaches it, within the limits that they share. */
export interface PacedAccess {
  readonly libreChat: Readonly<Record<WorkKind, LibreChatAdapter>>;
  readonly rotationBudget: RotationBudget;
  close(): Promise<unknown>;
}

/** Connects both kinds of work to one budget, in Redis while it is there, and to one set of breakers. */
export function openPacedAccess(configuration: Configuration, logger: Logger): PacedAccess {
  const { url: baseUrl, connections } = configuration.libreChat;
  const shared = createRateBudget({ url: configuration.redisUrl, libreChatUrl: baseUrl });
  const budget = createSharedBudget({
    shared,
    own: new MemoryBudget({ workers: configuration.tuning.workerCount }),
    onAway: () =>
      logger.warn('Each worker keeps to its part of the limits of LibreChat by itself: Redis is away'),
    onBack: () => logger.info('The workers share the limits of LibreChat again'),
  });
  const breakers: Breakers = { troubles: new Map() };
  const connect = (kind: WorkKind, width: { readonly hashingWidth?: number } = {}): LibreChatAdapter => {
    const watch = createCallWatch();
    const { onAnswer, onLoss } = watch;
    const adapter = createLibreChat({ baseUrl, connections, onAnswer, onLoss, ...width });
    return paced(adapter, { budget, breakers, watch, kind });
  };
  const libreChat = {
    interactive: connect('interactive'),
    bulk: connect('bulk', { hashingWidth: BULK_HASHING_WIDTH }),
  };
  return {
    libreChat,
    rotationBudget: createRotationBudget(budget, breakers),
    close: () =>
      Promise.allSettled([libreChat.interactive.close(), libreChat.bulk.close(), shared.disconnect()]),
  };
}
