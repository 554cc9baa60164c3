import { isUsable } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { CloseVerdict } from '../../contract/messages.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { LibreChat } from '../ports.ts';
import type { SessionServices } from './services.ts';

/** Whoever signs out again and again meanwhile waits for the next run. */
const MAX_ROUNDS = 5;

/**
 * Ends LibreChat's session of the record that a sign-out put aside, and forgets the record then.
 *
 * @throws BridgeError what the calls throw
 */
export async function endClosed(
  { sessionStore, libreChat }: Pick<SessionServices, 'sessionStore' | 'libreChat'>,
  user: DjangoUserId,
): Promise<CloseVerdict> {
  let verdict: CloseVerdict = { outcome: 'nothing' };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const closing = await sessionStore.readClosing(user);
    if (closing === null) return verdict;
    // What opens under no key can be ended by nobody, today or tomorrow.
    if (closing.session === null) verdict = { outcome: 'left', code: 'RecordUnreadable' };
    else {
      await endAtLibreChat(libreChat, closing.session);
      verdict = { outcome: 'ended' };
    }
    await sessionStore.finishClose(user, closing.raw);
  }
  return verdict;
}

/**
 * A logout needs a valid access token *and* the cookie of the session that is to end: without the cookie LibreChat ends
 * another session of the user (`POST /api/auth/logout`). Where the access token has expired, a refresh gives a new pair.
 */
async function endAtLibreChat(libreChat: LibreChat, session: SessionMaterial): Promise<void> {
  if (isUsable(session, Date.now()) && (await libreChat.logout(session)) === 'ended') return;
  const refreshed = await libreChat.refresh(session.refreshToken);
  if (refreshed.kind === 'session') await libreChat.logout(refreshed.session);
  if (refreshed.kind === 'unknown') throw refreshed.error;
}
