import type { SessionMaterial } from '../client/session-record/material.ts';
import { BridgeError } from '../contract/errors.ts';
import type { DjangoUserId } from '../contract/ids.ts';
import { endSession } from './end-session.ts';
import type { LibreChat } from './ports/librechat.ts';
import type { SessionPublisher } from './ports/session-store.ts';
import type { Services } from './services.ts';

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
async function publishSession(
  services: { readonly sessionStore: SessionPublisher; readonly libreChat: LibreChat },
  user: DjangoUserId,
  epoch: number | undefined,
  session: SessionMaterial,
  options: { readonly replacesAll: boolean },
): Promise<void> {
  const { sessionStore, libreChat } = services;
  const published = await ifAvailable(async () => {
    if (epoch === undefined) return false;
    const first = await sessionStore.publish(user, epoch, session);
    if (first.outcome !== 'superseded' || !options.replacesAll) return first.outcome === 'published';
    // Under the epoch that refused it, and no later one: the user may sign out just now.
    return (await sessionStore.publish(user, first.epoch, session)).outcome === 'published';
  });
  if (published !== true) await endSession(libreChat, session);
}

/**
 * Publishes a session where it replaces one that is in use, and ends it otherwise: what opened it may have taken until after
 * the user has signed out, or was deactivated.
 *
 * @param options.orFirst also where no session of the user was ever published or signed out of
 */
export async function publishIfWanted(
  services: Pick<Services, 'sessionStore' | 'libreChat' | 'userTable'>,
  user: DjangoUserId,
  epoch: number | undefined,
  session: SessionMaterial,
  options: { readonly replacesAll: boolean; readonly orFirst: boolean },
): Promise<void> {
  const { libreChat, sessionStore, userTable } = services;
  try {
    const inUse = await ifAvailable(() => sessionStore.hasSession(user));
    const wanted = inUse === true || (options.orFirst && epoch === 0);
    if (wanted && (await userTable.read(user))?.active === true)
      await publishSession(services, user, epoch, session, options);
    else await endSession(libreChat, session);
  } catch (error) {
    await endSession(libreChat, session);
    throw error;
  }
}

/** Undefined while Redis is away. */
export async function ifAvailable<Value>(use: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await use();
  } catch (error) {
    if (error instanceof BridgeError && error.code === 'SessionStoreUnavailable') return undefined;
    throw error;
  }
}
