import { z } from 'zod';

import { parseAccountId } from '../../../contract/ids.ts';
import { Secret } from '../../../contract/secret.ts';
import type { AccountSession, RenewedSession } from '../../ports/librechat.ts';
import type { Answer } from './answer.ts';
import { readJson } from './answer.ts';

/** 24 hexadecimal digits, as MongoDB writes its ids. */
export const ACCOUNT_ID = z
  .string()
  .regex(/^[0-9a-f]{24}$/)
  .transform(parseAccountId);

const SESSION_BODY = z.object({
  token: z.string(),
  user: z.object({ _id: ACCOUNT_ID, id: z.string().optional(), role: z.string().min(1) }),
});
const JWT_PAYLOAD = z.object({ exp: z.number().positive().max(8_640_000_000_000) });
const JWT_SHAPE = /^[\w-]+\.([\w-]+)\.[\w-]+$/;

/**
 * Reads the answer of a login or a refresh: access token, refresh cookie and both their ends.
 *
 * @returns undefined when any part is missing, has another form or contradicts another one.
 */
export function readSession(answer: Answer): RenewedSession | undefined {
  const body = SESSION_BODY.safeParse(answer.json);
  const cookie = answer.cookies.get('refreshToken');
  if (!body.success || cookie === undefined) return undefined;
  const { token, user } = body.data;
  // A refresh has no `id`; where there is one, it is the same.
  if (user.id !== undefined && user.id !== user._id) return undefined;
  const expiresAt = jwtEndsAt(token);
  const sessionEndsAt = cookie.expiresAt ?? jwtEndsAt(cookie.value);
  if (expiresAt === undefined || sessionEndsAt === undefined) return undefined;
  return {
    accountId: user._id,
    role: user.role,
    accessToken: new Secret(token),
    expiresAt,
    refreshToken: new Secret(cookie.value),
    sessionEndsAt,
  };
}

/** Reads the answer of a login, which opens a session at this moment. */
export function readOpened(answer: Answer): AccountSession | undefined {
  const session = readSession(answer);
  return session === undefined ? undefined : { ...session, openedAt: answer.receivedAt };
}

/** `exp` of a JWT in milliseconds since 1970. Not verified: only LibreChat has the key. */
export function jwtEndsAt(token: string): number | undefined {
  const payload = JWT_SHAPE.exec(token)?.[1];
  if (payload === undefined) return undefined;
  const claims = JWT_PAYLOAD.safeParse(readJson(Buffer.from(payload, 'base64url').toString('utf8')));
  return claims.success ? Math.floor(claims.data.exp * 1000) : undefined;
}
