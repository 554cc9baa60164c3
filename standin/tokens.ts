import { createHash, randomBytes } from 'node:crypto';
import type { Response } from 'express';
import jsonwebtoken from 'jsonwebtoken';
import { objectId } from './database.ts';
import type { Session, User } from './documents.ts';
import type { Call } from './call.ts';
import type { Installation } from './installation.ts';
import type { Settings } from './settings.ts';

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
export const linkToken = (): string => randomBytes(32).toString('hex');

const TEMPORARY_TOKEN_S = 300;

/**
 * Access JWT. A SESSION_EXPIRY that is no multiple of 1000 makes jsonwebtoken throw on the fractional seconds: that
 * is LibreChat's 500 on every correct login.
 */
function accessToken(user: User, settings: Settings): string {
  const payload = { id: user._id, username: user.username, provider: user.provider, email: user.email };
  return jsonwebtoken.sign(payload, settings.jwtSecret, { expiresIn: settings.sessionExpiryMs / 1000 });
}

/** Refresh JWT: whole seconds only, so two of one session in one second are the same bytes. */
function refreshToken(session: Session, settings: Settings): string {
  const exp = Math.floor(session.expiration / 1000);
  const iat = Math.floor(Date.now() / 1000);
  return jsonwebtoken.sign({ id: session.user, sessionId: session._id, iat, exp }, settings.jwtRefreshSecret);
}

/** What a login with a second factor gets instead of a session (LibreChat `twoFactorService.js`). */
export function temporaryToken(user: User, settings: Settings): string {
  const payload = { userId: user._id, twoFAPending: true };
  return jsonwebtoken.sign(payload, settings.jwtSecret, { expiresIn: TEMPORARY_TOKEN_S });
}

/** LibreChat `setAuthTokens`: access token first, then the session (new, or rotated in place), then the cookies. */
export async function openSession(call: Call, user: User): Promise<string> {
  const { settings, database } = call.installation;
  const token = accessToken(user, settings);
  const expiration = Date.now() + settings.refreshTokenExpiryMs;
  const session: Session = { _id: objectId(), user: user._id, refreshTokenHash: '', expiration };
  const refresh = refreshToken(session, settings);
  await database.insertSession({ ...session, refreshTokenHash: sha256(refresh) });
  await call.at('session-created');
  setSessionCookies(call.res, refresh, expiration, settings);
  return token;
}

/** Rotation without grace: the old token is dead at once, the end of the session stays where login put it. */
export async function rotateSession(call: Call, user: User, session: Session): Promise<string> {
  const { settings, database } = call.installation;
  const token = accessToken(user, settings);
  const refresh = refreshToken(session, settings);
  await database.saveSession({ ...session, refreshTokenHash: sha256(refresh) });
  await call.at('session-saved');
  setSessionCookies(call.res, refresh, session.expiration, settings);
  return token;
}

function setSessionCookies(res: Response, refresh: string, expiration: number, settings: Settings): void {
  const expires = new Date(expiration);
  const options = { expires, httpOnly: true, sameSite: 'strict', secure: secureCookies(settings) } as const;
  res.cookie('refreshToken', refresh, options);
  res.cookie('token_provider', 'librechat', options);
}

/** LibreChat `shouldUseSecureCookie` (`packages/api/src/oauth/csrf.ts`). */
function secureCookies(settings: Settings): boolean {
  if (settings.sessionCookieSecure !== '') return settings.sessionCookieSecure.toLowerCase() === 'true';
  if (settings.nodeEnv !== 'production' || !URL.canParse(settings.domainServer)) return false;
  const { hostname } = new URL(settings.domainServer);
  return !['localhost', '127.0.0.1', '[::1]'].includes(hostname) && !hostname.endsWith('.localhost');
}

/** Notes for the tests which password was set, without keeping it. */
export function noteNewPassword(installation: Installation, email: string, password: string): void {
  const ledger = installation.database.ledger(email);
  const fingerprint = sha256(`${email}\0${password}`);
  installation.database.note(email, 'passwordWrites');
  if (!ledger.passwordFingerprints.includes(fingerprint)) ledger.passwordFingerprints.push(fingerprint);
}
