import type { Answer, Call } from '../call.ts';
import { sha256 } from '../tokens.ts';

const COOKIES = [
  'refreshToken',
  'openid_access_token',
  'openid_id_token',
  'openid_user_id',
  'token_provider',
];

/** POST /api/auth/logout (LibreChat `LogoutController.js`): without its cookie it ends the user's oldest session. */
export async function logout(call: Call): Promise<Answer> {
  const { database } = call.installation;
  const cookie = call.refreshCookie;
  try {
    const session = await database.findSession(call.user?._id ?? '', cookie ? sha256(cookie) : undefined);
    if (session) await database.deleteSession(session);
    await call.at('session-deleted');
  } catch {
    return { status: 500, json: { message: 'Failed to delete session.' } };
  }
  for (const name of COOKIES) call.res.clearCookie(name);
  return { status: 200, json: { message: 'Logout successful' } };
}
