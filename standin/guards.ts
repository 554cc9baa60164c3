import type { RequestHandler } from 'express';
import jsonwebtoken from 'jsonwebtoken';
import UAParser from 'ua-parser-js';
import { setTimeout as sleep } from 'node:timers/promises';
import { guard, messageOf, type Body, type Call } from './call.ts';
import { clientAddress } from './client-address.ts';

/** LibreChat `requireJwtAuth`: the texts are passport-jwt's and jsonwebtoken's; `Unauthorized` = the user is gone. */
export const requireBearer: RequestHandler = guard(async (call, next) => {
  const { database, settings } = call.installation;
  const token = /^bearer (\S+)/i.exec(call.req.get('authorization') ?? '')?.[1];
  let id: unknown;
  try {
    if (token === undefined) throw new Error('No auth token');
    const payload = jsonwebtoken.verify(token, settings.jwtSecret, { algorithms: ['HS256'] });
    id = typeof payload === 'string' ? undefined : payload['id'];
  } catch (error) {
    call.res.status(401).json({ message: messageOf(error) });
    return;
  }
  const user = typeof id === 'string' ? await database.userById(id) : null;
  if (!user) {
    call.res.status(401).json({ message: 'Unauthorized' });
    return;
  }
  call.user = user;
  next();
});

/** ADMIN holds the capability `access:admin`; nobody else does by default. */
export const requireAdmin: RequestHandler = guard((call, next) => {
  if (call.user?.role === 'ADMIN') next();
  else call.res.status(403).json({ message: 'Forbidden' });
});

const BANNED = 'Your account has been temporarily banned due to violations of our service.';

const browserOf = (call: Call): string | undefined =>
  new UAParser(call.req.get('user-agent')).getBrowser().name;

/**
 * LibreChat `checkBan.js`. Only the request that discovers a ban spreads it, to both its address and its user, by
 * writing both into the cache; requests that hit the cache spread nothing.
 */
export const checkBan: RequestHandler = guard(async (call, next) => {
  const { settings, database, banCache } = call.installation;
  if (!settings.banViolations && database.bans.size === 0) {
    next();
    return;
  }
  const body: Body | undefined = call.req.body;
  const email = body?.['email'];
  const user = call.user ?? (typeof email === 'string' ? await database.findUser(email, call.tenant) : null);
  const keys = [clientAddress(call.req), ...(user ? [user._id] : [])];
  const now = Date.now();
  const live = (bans: Map<string, number>) =>
    keys.map((key) => bans.get(key) ?? 0).filter((until) => until > now);
  if (live(banCache).length > 0) {
    refuseBanned(call);
    return;
  }
  const [until] = live(database.bans);
  if (until === undefined) {
    next();
    return;
  }
  for (const key of keys) banCache.set(key, until);
  refuseBanned(call);
});

/** Chat with a browser's User-Agent gets the ban as stream text; on its GET routes that code throws for want of a body. */
function refuseBanned(call: Call): void {
  const { req, res } = call;
  if (!req.originalUrl.startsWith('/api/agents/chat') || browserOf(call) === undefined) {
    res.status(403).json({ message: BANNED });
    return;
  }
  if (req.body === undefined) throw new TypeError("Cannot destructure property 'text' of 'req.body'");
  const { text, conversationId = null, messageId = null }: Body = req.body;
  const message = { sender: 'User', messageId, conversationId, isCreatedByUser: true, text };
  const error = {
    messageId,
    conversationId,
    error: true,
    final: true,
    text: '{"type":"ban"}',
    isCreatedByUser: false,
  };
  res.write(`event: message\ndata: ${JSON.stringify({ message, created: true })}\n\n`);
  res.end(`event: error\ndata: ${JSON.stringify(error)}\n\n`);
}

const ILLEGAL_REQUEST_MS = 200;

/** LibreChat's `uaParser` on the agents and files routes: no known browser, no service, and a violation. */
export const requireBrowser: RequestHandler = guard(async (call, next) => {
  if (browserOf(call) !== undefined) {
    next();
    return;
  }
  await noteViolation(call, call.installation.settings.nonBrowserViolationScore);
  await sleep(ILLEGAL_REQUEST_MS);
  call.res.write('event: error\ndata: {"message":"Illegal request"}\n\n');
  call.res.end();
});

/** LibreChat `logViolation.js` and `banViolation.js`: scores never decay; crossing a multiple of BAN_INTERVAL bans. */
async function noteViolation(call: Call, score: number): Promise<void> {
  const { settings, database } = call.installation;
  const id = call.user?._id;
  if (id === undefined) return;
  const before = database.violations.get(id) ?? 0;
  database.violations.set(id, before + score);
  const crossed =
    Math.floor((before + score) / settings.banInterval) > Math.floor(before / settings.banInterval);
  if (!settings.banViolations || !crossed) return;
  await database.deleteSessionsOf(id);
  call.res.clearCookie('refreshToken');
  for (const key of [id, clientAddress(call.req)])
    database.bans.set(key, Date.now() + settings.banDurationMs);
  database.dirty = true;
  await call.at('banned');
}

/** LibreChat `validatePasswordReset.js`: text, not JSON. */
export const requireReset: RequestHandler = guard((call, next) => {
  if (call.installation.settings.allowPasswordReset) next();
  else call.res.status(403).send('Password reset is not allowed.');
});

/** LibreChat T's `validateEmailLogin`; K shows the flag in /api/config and logs in all the same. */
export const requireEmailLogin: RequestHandler = guard((call, next) => {
  const { emailLoginEnforced, allowEmailLogin } = call.installation.settings;
  if (!emailLoginEnforced || allowEmailLogin) next();
  else call.res.status(403).json({ message: 'Email login is not allowed.' });
});
