import { messageOf, type Answer, type Body, type Call } from '../call.ts';
import { objectId } from '../database.ts';
import type { LinkToken, User } from '../documents.ts';
import { linkToken, noteNewPassword } from '../tokens.ts';
import { allowedDomain } from './register.ts';

const SENT = 'If an account with that email exists, a password reset link has been sent to it.';
const OBJECT_ID = /^[0-9a-f]{24}$/i;

/** POST /api/auth/requestPasswordReset: without mail configured the link goes to whoever asked. */
export async function requestPasswordReset(call: Call): Promise<Answer> {
  const { database, settings } = call.installation;
  const { req } = call;
  try {
    const { email }: Body = req.body;
    if (typeof email === 'string' && !allowedDomain(email, settings.allowedDomains)) {
      return { status: 400, json: { code: 'auth_failed' } };
    }
    const user = email === undefined ? null : await database.findUser(address(email), call.tenant);
    if (!user) return { status: 200, json: { message: SENT } };
    return { status: 200, json: await storeLink(call, user) };
  } catch (error) {
    return { status: 400, json: { message: messageOf(error) } };
  }
}

/** Deleting and storing are two steps: requests at the same time leave several links that all work. */
async function storeLink(call: Call, user: User): Promise<Body> {
  const { database, mailbox, passwords, settings } = call.installation;
  await database.deleteLinks((link) => link.userId === user._id);
  await call.at('old-links-deleted');
  const token = linkToken();
  const hash = passwords.hash(token);
  const createdAt = Date.now();
  const expiresAt = createdAt + settings.linkLifetimeMs;
  await database.insertLink({ _id: objectId(), userId: user._id, token: hash, createdAt, expiresAt });
  await call.at('link-stored');
  const link = `${settings.domainClient}/reset-password?token=${token}&userId=${user._id}`;
  if (!mailbox.configured) return { link };
  mailbox.send(user.email, 'Password Reset Request', link);
  await call.at('mail-sent');
  return { message: SENT };
}

/** POST /api/auth/resetPassword: no rule for the new password, `{}` for a bad link, exceptions as text. */
export async function resetPassword(call: Call): Promise<Answer> {
  const { database } = call.installation;
  const { req } = call;
  try {
    const { userId, token, password }: Body = req.body;
    const owner = objectIdOf(userId);
    const link = await database.newestLink((candidate) => owner === undefined || candidate.userId === owner);
    if (!link || !call.installation.passwords.matches(token, link.token)) return { status: 400, json: {} };
    await call.at('token-matched');
    const user = await writePassword(call, owner, password, link);
    await database.deleteSessionsOf(user._id);
    await call.at('sessions-deleted');
    return { status: 200, json: { message: 'Password reset was successful' } };
  } catch (error) {
    return { status: 400, json: { message: messageOf(error) } };
  }
}

/** The confirmation mail goes out before the link is deleted: a dead mail server leaves link and sessions alive. */
async function writePassword(
  call: Call,
  owner: string | undefined,
  plaintext: unknown,
  link: LinkToken,
): Promise<User> {
  const { database, mailbox, passwords } = call.installation;
  const password = passwords.hash(plaintext);
  const user = owner === undefined ? null : await database.updateUser(owner, { password });
  if (!user) throw new TypeError("Cannot read properties of null (reading 'email')");
  noteNewPassword(call.installation, user.email, String(plaintext));
  await call.at('password-written');
  if (mailbox.configured) {
    mailbox.send(user.email, 'Password Reset Successfully');
    await call.at('mail-sent');
  }
  await database.deleteLinks((candidate) => candidate.token === link.token);
  await call.at('token-deleted');
  return user;
}

function address(email: unknown): string {
  if (typeof email === 'string') return email;
  throw new TypeError('email.trim is not a function');
}

/** A missing user id is not refused here: LibreChat then compares the newest link of anybody, and fails later. */
function objectIdOf(userId: unknown): string | undefined {
  if (userId === undefined || (typeof userId === 'string' && OBJECT_ID.test(userId))) return userId;
  const shown = typeof userId === 'string' ? userId : JSON.stringify(userId);
  const place = 'at path "userId" for model "Token"';
  throw new Error(`Cast to ObjectId failed for value "${shown}" (type ${typeof userId}) ${place}`);
}
