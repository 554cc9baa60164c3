import type { SessionMaterial } from '../../client/session-record/material.ts';
import type { DjangoUserId } from '../../contract/ids.ts';
import { spread } from '../../contract/spread.ts';

/** The part of a session's life after which a login replaces it, for the first and for the last of the users. */
const REPLACED_AFTER = { first: 0.85, last: 0.95 } as const;

/**
 * Whether LibreChat's absolute end of a session is so near that a login is to open another one, instead of a refresh
 * that would not move it: after 85 to 95 % of its life, by a hash of the user's id. Users who were imported in one hour
 * thus log in over 17 hours, 8 hours or more before the end (at LibreChat's 7 days).
 */
export function isNearEnd(
  user: DjangoUserId,
  { openedAt, sessionEndsAt }: Pick<SessionMaterial, 'openedAt' | 'sessionEndsAt'>,
  now: number,
): boolean {
  const share = REPLACED_AFTER.first + (REPLACED_AFTER.last - REPLACED_AFTER.first) * spread(user);
  return now - openedAt >= share * (sessionEndsAt - openedAt);
}
