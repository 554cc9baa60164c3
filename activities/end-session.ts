import type { SessionMaterial } from '../client/session-record/material.ts';
import { BridgeError } from '../contract/errors.ts';
import type { LibreChat } from './ports/librechat.ts';

/** Logs a session out that nobody will use. Best effort: what stays open ends by itself after 7 days. */
export async function endSession(
  libreChat: LibreChat,
  session: Pick<SessionMaterial, 'accessToken' | 'refreshToken'>,
): Promise<void> {
  try {
    await libreChat.logout(session);
  } catch (error) {
    // The session was only a by-product; the caller's own outcome is what counts.
    if (!(error instanceof BridgeError)) throw error;
  }
}
