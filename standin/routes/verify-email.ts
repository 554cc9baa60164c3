import type { Answer, Body, Call } from '../call.ts';
import { objectId } from '../database.ts';
import type { User } from '../documents.ts';
import { linkToken } from '../tokens.ts';

const INVALID = 'Invalid or expired email verification token';
const SENT = 'Please check your email to verify your email address.';

/**
 * Stores and mails a verification link. K keeps the address as typed although it looks it up in lower case, so a
 * mixed-case registration can never be verified; a resend, which starts from the stored address, repairs it.
 */
export async function sendVerification(call: Call, user: User, typedEmail: string): Promise<void> {
  const { database, mailbox, passwords, settings } = call.installation;
  const token = linkToken();
  const now = Date.now();
  mailbox.send(
    user.email,
    'Verify your email',
    `${settings.domainClient}/verify?token=${token}&email=${encodeURIComponent(typedEmail)}`,
  );
  await database.insertLink({
    _id: objectId(),
    userId: user._id,
    email: typedEmail,
    token: passwords.hash(token),
    createdAt: now,
    expiresAt: now + settings.linkLifetimeMs,
  });
  await call.at('mail-sent');
}

/** POST /api/user/verify (LibreChat `AuthService.verifyEmail`): used once, then 400 like any other failure. */
export async function verifyEmail(call: Call): Promise<Answer> {
  const { database, passwords } = call.installation;
  const { email, token }: Body = call.req.body ?? {};
  if (typeof email !== 'string' || typeof token !== 'string')
    return { status: 400, json: { message: INVALID } };
  const address = decodeURIComponent(email).trim().toLowerCase();
  const user = await database.findUser(address);
  const link = await database.newestLink((candidate) => candidate.email === address);
  if (!user || !link || !passwords.matches(token, link.token))
    return { status: 400, json: { message: INVALID } };
  await database.updateUser(user._id, { emailVerified: true });
  await call.at('email-verified');
  await database.deleteLinks((candidate) => candidate.token === link.token);
  await call.at('token-deleted');
  return { status: 200, json: { message: 'Email verification was successful', status: 'success' } };
}

/** POST /api/user/verify/resend: 500 for an existing address without mail configured, an existence oracle. */
export async function resendVerification(call: Call): Promise<Answer> {
  const { database, mailbox } = call.installation;
  try {
    const { email }: Body = call.req.body;
    const user = typeof email === 'string' ? await database.findUser(email) : null;
    if (!user) return { status: 200, json: { message: SENT } };
    if (!mailbox.configured) throw new Error('mail is not configured');
    await database.deleteLinks((link) => link.userId === user._id);
    await call.at('old-links-deleted');
    await sendVerification(call, user, user.email);
    return { status: 200, json: { message: SENT } };
  } catch {
    return { status: 500, json: { message: 'Something went wrong.' } };
  }
}
