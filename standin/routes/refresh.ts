import jsonwebtoken from 'jsonwebtoken';
import type { Answer, Call } from '../call.ts';
import { sessionUser } from '../documents.ts';
import { rotateSession, sha256 } from '../tokens.ts';

/**
 * POST /api/auth/refresh (LibreChat `AuthController.refreshController`): cookie only, no limiter, no ban check.
 * Everything that throws, a lost database included, is the same 403 as a bad token.
 */
export async function refresh(call: Call): Promise<Answer> {
  const cookie = call.refreshCookie;
  if (!cookie) return { status: 200, text: 'Refresh token not provided' };
  try {
    return await rotate(call, cookie);
  } catch {
    return { status: 403, text: 'Invalid refresh token' };
  }
}

async function rotate(call: Call, cookie: string): Promise<Answer> {
  const { settings, database } = call.installation;
  const payload = jsonwebtoken.verify(cookie, settings.jwtRefreshSecret, { algorithms: ['HS256'] });
  if (typeof payload === 'string') throw new Error('not our payload');
  const user = await database.userById(String(payload['id']));
  // LibreChat sets 401 and then redirects; the redirect wins.
  if (!user) return { status: 302, redirect: '/login' };
  const session = await database.findSession(user._id, sha256(cookie));
  await call.at('session-read');
  if (session && session.expiration > Date.now()) {
    const token = await rotateSession(call, user, session);
    database.note(user.email, 'refreshes');
    return { status: 200, json: { token, user: sessionUser(user) } };
  }
  if (call.req.query['retry']) return { status: 403, text: 'No session found' };
  return { status: 401, text: 'Refresh token expired or not found for this user' };
}
