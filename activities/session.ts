import { log } from '@temporalio/activity';
import type { RenewResult, SessionActivities } from '../contract/activities.ts';
import { BridgeError } from '../contract/errors.ts';
import { parseDjangoUserId } from '../contract/ids.ts';
import type { CloseVerdict } from '../contract/messages.ts';
import { asActivity } from './failures.ts';
import { withHeartbeat } from './heartbeat.ts';
import { endClosed } from './session/end-closed.ts';
import { renewSession } from './session/renew.ts';
import type { SessionServices } from './session/services.ts';

/** The steps of a session's life, on the given systems. */
export function createSessionActivities(services: SessionServices): SessionActivities {
  const { sessionStore } = services;
  return {
    renewSession: ({ djangoUserId, epoch }) =>
      asActivity(() =>
        withHeartbeat<never, RenewResult>(async (attempt) => {
          const result = await renewSession(services, parseDjangoUserId(djangoUserId), epoch, attempt);
          if (result.outcome === 'rejected')
            log.warn('LibreChat has another password than the row', { code: 'Drift' });
          return result;
        }),
      ),
    noteFailure: ({ djangoUserId, code, retryAfterSeconds }) =>
      asActivity(async () => {
        const user = parseDjangoUserId(djangoUserId);
        const until = Date.now() + retryAfterSeconds * 1_000;
        try {
          await sessionStore.fail(user, await sessionStore.readEpoch(user), { code, until });
        } catch (error) {
          // The note only spares calls, and Redis being away may be the very failure.
          if (!(error instanceof BridgeError)) throw error;
        }
      }),
    closeRecord: ({ djangoUserId }) => asActivity(() => sessionStore.close(parseDjangoUserId(djangoUserId))),
    endClosed: ({ djangoUserId }) =>
      asActivity(() =>
        withHeartbeat<never, CloseVerdict>(() => endClosed(services, parseDjangoUserId(djangoUserId))),
      ),
  };
}
