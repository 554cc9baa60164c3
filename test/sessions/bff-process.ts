/*
 * A BFF in a process of its own, for tests of several. Its parent tells it where everything is, and then how many chat
 * requests for which user come in at once; it answers what each of them got.
 */
import { createClient } from 'redis';
import {
  BridgeError,
  createLibreChatClient,
  fromNodeRedis,
  type LibreChatClient,
} from '../../client/index.ts';

/** What the parent says. */
export type ToBff =
  | {
      readonly type: 'open';
      readonly redisUrl: string;
      readonly temporalAddress: string;
      readonly sessionKey: string;
      readonly taskQueue: string;
    }
  | { readonly type: 'requests'; readonly userId: string; readonly count: number };

/** What a request got: a session and what was left of its token then (ms), or the code of an error. */
export type Got =
  | { readonly token: string; readonly accountId: string; readonly leftMs: number }
  | { readonly error: string };

/** What the parent hears. */
export type FromBff =
  { readonly type: 'opened' } | { readonly type: 'answers'; readonly answers: readonly Got[] };

const report = (message: FromBff): void => void process.send?.(message);

async function open(place: Extract<ToBff, { type: 'open' }>): Promise<LibreChatClient> {
  const redis = createClient({ url: place.redisUrl, disableOfflineQueue: true });
  redis.on('error', () => undefined);
  await redis.connect();
  return createLibreChatClient({
    temporal: { address: place.temporalAddress },
    redis: fromNodeRedis(redis),
    sessionKey: place.sessionKey,
    taskQueue: place.taskQueue,
  });
}

/** A machine that is busy with five processes lets one of them wait for longer than a user should. */
const WAIT_MS = 20_000;
const SLOW: ReadonlySet<string> = new Set(['SessionStoreUnavailable', 'TemporalUnavailable']);
const TRIES = 5;

async function request(chat: LibreChatClient, userId: string, left = TRIES): Promise<Got> {
  try {
    const { accessToken, accountId, expiresAt } = await chat.session(userId, { waitMs: WAIT_MS });
    return { token: accessToken.reveal(), accountId, leftMs: expiresAt - Date.now() };
  } catch (error) {
    const code = error instanceof BridgeError ? error.code : String(error);
    return left > 1 && SLOW.has(code) ? request(chat, userId, left - 1) : { error: code };
  }
}

let chat: Promise<LibreChatClient> | undefined;

async function answer(message: ToBff): Promise<void> {
  if (message.type === 'open') {
    await (chat = open(message));
    report({ type: 'opened' });
    return;
  }
  const opened = await chat;
  if (opened === undefined) throw new Error('It was not opened');
  const requests = Array.from({ length: message.count }, () => request(opened, message.userId));
  report({ type: 'answers', answers: await Promise.all(requests) });
}

process.on('message', (message: ToBff) => void answer(message));
// However the parent ends.
process.on('disconnect', () => process.exit());
