import type { SessionMaterial } from '../client/session-record/material.ts';
import { BridgeError } from '../contract/errors.ts';
import type { DjangoUserId } from '../contract/ids.ts';
import { endSession } from './end-session.ts';
import type { LibreChat, SessionPublisher } from './ports.ts';

/** The epoch to publish under, or undefined while Redis is away: then there will be no record, and that is no failure. */
export async function readEpochIfAvailable(
  store: SessionPublisher,
  user: DjangoUserId,
): Promise<number | undefined> {
  return ifAvailable(() => store.readEpoch(user));
}

/**
 * Publishes a session, or logs it out where it cannot be published: Redis is away, the user signed out, or somebody has
 * published a newer one.
 *
 * @param options.replacesAll the login came after a reset, which ended all other sessions: a newer record is replaced
 */
export async function publishSession(
  services: { readonly sessionStore: SessionPublisher; readonly libreChat: LibreChat },
  user: DjangoUserId,
  epoch: number | undefined,
  session: SessionMaterial,
  options: { readonly replacesAll: boolean },
): Promise<'published' | 'ended'> {
  const { sessionStore, libreChat } = services;
  const published = await ifAvailable(async () => {
    if (epoch === undefined) return false;
    const first = await sessionStore.publish(user, epoch, session);
    if (first.outcome !== 'superseded' || !options.replacesAll) return first.outcome === 'published';
    const second = await sessionStore.publish(user, await sessionStore.readEpoch(user), session);
    return second.outcome === 'published';
  });
  if (published === true) return 'published';
  await endSession(libreChat, session);
  return 'ended';
}

async function ifAvailable<Value>(use: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'SessionStoreUnavailable') return undefined;
    throw error;
  }
}
