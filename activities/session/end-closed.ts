import { isUsable } from '../../client/session-record/freshness.ts';
import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { CloseVerdict } from '../../contract/messages.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import type { SessionServices } from './services.ts';

type Ending = Pick<SessionServices, 'sessionStore' | 'libreChat'>;

/** A user who keeps signing out meanwhile waits for the next run. */
const MAX_ROUNDS = 5;

/**
 * Ends LibreChat's session of the record that a sign-out put aside, and forgets the record then.
 *
 * @throws BridgeError what the calls throw
 */
export async function endClosed(services: Ending, user: DjangoUserId): Promise<CloseVerdict> {
  const { sessionStore } = services;
  let verdict: CloseVerdict = { outcome: 'nothing' };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const closing = await sessionStore.readClosing(user);
    if (closing === null) return verdict;
    const { raw, session } = closing;
    // What opens under no key can never be ended by anybody.
    if (session === null) verdict = { outcome: 'left', code: 'RecordUnreadable' };
    else verdict = { outcome: 'ended' };
    const ended = session === null ? raw : await endAtLibreChat(services, user, { raw, session });
    await sessionStore.finishClose(user, ended);
  }
  return verdict;
}

/**
 * A logout needs a valid access token *and* the cookie of the session that is to end: without the cookie LibreChat ends
 * another session of the user (`POST /api/auth/logout`). Where the access token has expired, a refresh gives a new pair,
 * which is put aside in its turn: if the logout fails, the next attempt has to know it.
 *
 * @returns the record that stands for the session now
 */
async function endAtLibreChat(
  { sessionStore, libreChat }: Ending,
  user: DjangoUserId,
  { raw, session }: { readonly raw: string; readonly session: SessionMaterial },
): Promise<string> {
  if (isUsable(session, Date.now()) && (await libreChat.logout(session)) === 'ended') return raw;
  const refreshed = await libreChat.refresh(session.refreshToken);
  if (refreshed.kind === 'unknown') throw refreshed.error;
  if (refreshed.kind === 'refused') return raw;
  const renewed = { ...refreshed.session, openedAt: session.openedAt };
  const record = await sessionStore.replaceClosing(user, raw, renewed);
  await libreChat.logout(renewed);
  return record ?? raw;
}
