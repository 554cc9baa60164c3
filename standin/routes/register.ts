import { setTimeout as sleep } from 'node:timers/promises';
import { guard, type Answer, type Body, type Call } from '../call.ts';
import { objectId } from '../database.ts';
import type { Role, User } from '../documents.ts';
import { noteNewPassword } from '../tokens.ts';
import { errorsToString, registerSchema } from '../validation.ts';
import { sendVerification } from './verify-email.ts';

const CREATED = 'Please check your email to verify your email address.';
/** LibreChat waits this long for an address that exists, and so betrays it by being slower than a creation. */
const EXISTING_ADDRESS_MS = 1000;

/** LibreChat `checkInviteUser` and `validateRegistration`: an invite comes first, and without a body both throw. */
export const requireRegistration = guard((call, next) => {
  const { token }: Body = call.req.body;
  if (token !== undefined && token !== '') call.res.status(400).json({ message: 'Invalid invite token' });
  else if (call.installation.settings.allowRegistration) next();
  else call.res.status(403).json({ message: 'Registration is not allowed.' });
});

/** POST /api/auth/register (LibreChat `AuthService.registerUser`). */
export async function register(call: Call): Promise<Answer> {
  const { settings } = call.installation;
  const parsed = registerSchema(settings.minPasswordLength).safeParse(call.req.body);
  if (!parsed.success) return answer(404, errorsToString(parsed.error));
  const { name, username, email, password } = parsed.data;
  if (!allowedDomain(email, settings.allowedDomains)) {
    return answer(403, 'The email address provided cannot be used. Please use a different email address.');
  }
  const fresh = { name, username: username?.toLowerCase() ?? null, email: email.toLowerCase() };
  return create(call, { ...fresh, typedEmail: email, password });
}

interface Registration {
  name: string;
  username: string | null;
  email: string;
  typedEmail: string;
  password: string;
}

async function create(call: Call, registration: Registration): Promise<Answer> {
  const { database } = call.installation;
  let created: User | undefined;
  try {
    const existing = await database.findUser(registration.email, call.tenant);
    await call.at('address-looked-up');
    if (existing) {
      await sleep(EXISTING_ADDRESS_MS);
      return answer(200, CREATED);
    }
    const user = await newUser(call, registration);
    await database.insertUser(user);
    created = user;
    noteRegistration(call, registration);
    await call.at('user-inserted');
    await confirm(call, user, registration.typedEmail);
    return answer(200, CREATED);
  } catch {
    // Only what this request itself inserted goes: the loser of a race must not delete the winner.
    if (created) await database.deleteUser(created._id).catch(() => undefined);
    return answer(500, 'Something went wrong');
  }
}

/** Counting and inserting are two steps: two first registrations at once both become ADMIN, as in LibreChat. */
async function newUser(call: Call, { name, username, email, password }: Registration): Promise<User> {
  const { database, passwords } = call.installation;
  const role: Role = (await database.countUsers(call.tenant)) === 0 ? 'ADMIN' : 'USER';
  await call.at('users-counted');
  const now = Date.now();
  const user: User = {
    _id: objectId(),
    name,
    username,
    email,
    emailVerified: false,
    password: passwords.hash(password),
    provider: 'local',
    role,
    twoFactorEnabled: false,
    createdAt: now,
    updatedAt: now,
    personalizationId: objectId(),
  };
  return call.tenant === undefined ? user : { ...user, tenantId: call.tenant };
}

function noteRegistration(call: Call, { email, password }: Registration): void {
  call.installation.database.note(email, 'registrations');
  noteNewPassword(call.installation, email, password);
}

async function confirm(call: Call, user: User, typedEmail: string): Promise<void> {
  if (call.installation.mailbox.configured) {
    await sendVerification(call, user, typedEmail);
  } else {
    await call.installation.database.updateUser(user._id, { emailVerified: true });
    await call.at('email-verified');
  }
}

export function allowedDomain(email: string, domains: string[]): boolean {
  return domains.length === 0 || domains.includes(email.split('@')[1]?.toLowerCase() ?? '');
}

const answer = (status: number, message: string): Answer => ({ status, json: { message } });
