import type { Answer, Body, Call } from '../call.ts';
import { sessionUser, type User } from '../documents.ts';
import { openSession, temporaryToken } from '../tokens.ts';
import { errorsToString, loginSchema } from '../validation.ts';

const refusal = (status: number, message: string): Answer => ({ status, json: { message } });

/** POST /api/auth/login (LibreChat `localStrategy.js`, `LoginController.js`). A refused login is a 404. */
export async function login(call: Call): Promise<Answer> {
  const { settings, passwords, database } = call.installation;
  const body: Body = call.req.body ?? {};
  if (!body['email'] || !body['password']) return refusal(404, 'Missing credentials');
  const parsed = loginSchema(settings.minPasswordLength).safeParse(body);
  if (!parsed.success) return refusal(404, errorsToString(parsed.error));
  const { email, password } = parsed.data;
  const user = await database.findUser(email, call.tenant);
  if (!user?.password) return refusal(404, 'Email does not exist.');
  if (!passwords.matches(password, user.password)) return refusal(404, 'Incorrect password.');
  await call.at('password-checked');
  if (!user.emailVerified && !settings.allowUnverifiedEmailLogin) return refusal(422, 'Email not verified.');
  if (user.twoFactorEnabled) {
    return { status: 200, json: { twoFAPending: true, tempToken: temporaryToken(user, settings) } };
  }
  return open(call, user);
}

async function open(call: Call, user: User): Promise<Answer> {
  try {
    const token = await openSession(call, user);
    call.installation.database.note(user.email, 'logins');
    return { status: 200, json: { token, user: { ...sessionUser(user), id: user._id } } };
  } catch {
    return refusal(500, 'Something went wrong');
  }
}
