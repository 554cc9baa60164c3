import { expect } from '@jest/globals';

import type { LibreChatAdmin } from '../../activities/ports/librechat-admin.ts';
import type { AccountSession, LibreChat, LoginOutcome } from '../../activities/ports/librechat.ts';
import type { AccountId } from '../../contract/ids.ts';
import { Secret } from '../../contract/secret.ts';

/** An empty LibreChat that accepts registrations and gives out reset links, unless the settings say otherwise. */
interface LibreChatUnderTest extends AsyncDisposable {
  readonly libreChat: LibreChat & LibreChatAdmin;
}

/** What a test may want otherwise. */
interface SuiteSettings {
  readonly allowRegistration?: boolean;
  readonly allowPasswordReset?: boolean;
  readonly allowAccountDeletion?: boolean;
  readonly minPasswordLength?: number;
}

export type Create = (settings?: SuiteSettings) => Promise<LibreChatUnderTest>;

export const ADA = {
  address: 'ada@example.org',
  password: new Secret('correct horse battery'),
  name: 'Ada Lovelace',
};
export const BOB = { address: 'bob@example.org', password: new Secret('another long password'), name: 'Bob' };
export const NEW = new Secret('a new and long password');

export function sessionOf(outcome: { readonly kind: string } | LoginOutcome): AccountSession {
  if (outcome.kind !== 'session' || !('session' in outcome))
    throw new Error(`no session but ${outcome.kind}`);
  return outcome.session;
}

export async function newcomer(libreChat: LibreChat, input = ADA): Promise<AccountSession> {
  expect(await libreChat.register(input)).toEqual({ kind: 'accepted' });
  return sessionOf(await libreChat.login(input));
}

/** Refreshes until the token is another one: two tokens of the same second are the same text at LibreChat. */
export async function refreshed(libreChat: LibreChat, session: AccountSession): Promise<AccountSession> {
  let next = sessionOf(await libreChat.refresh(session.refreshToken));
  while (next.refreshToken.reveal() === session.refreshToken.reveal()) {
    next = sessionOf(await libreChat.refresh(next.refreshToken));
  }
  return next;
}

export async function linkFor(
  libreChat: LibreChat,
  address: string,
): Promise<{ accountId: AccountId; token: Secret }> {
  const outcome = await libreChat.requestPasswordReset(address);
  if (outcome.kind !== 'link') throw new Error(`no link but ${outcome.kind}`);
  return outcome;
}
