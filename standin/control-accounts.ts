import type { Body } from './call.ts';
import { objectId } from './database.ts';
import type { User } from './documents.ts';
import type { Installation } from './installation.ts';
import { noteNewPassword } from './tokens.ts';

/** What the control port tells about one address: counts, never a password or a hash of one. */
export function showAccount(installation: Installation, address: string): Body & { exists: boolean } {
  const { database } = installation;
  const user = database.peek(address);
  const { passwordFingerprints, ...ledger } = database.ledger(address);
  const seen = { ...ledger, distinctPasswords: passwordFingerprints.length };
  if (!user) return { exists: false, ...seen };
  const { _id, role, provider, emailVerified, twoFactorEnabled, tenantId, createdAt } = user;
  const { sessions, links } = database.counts(_id);
  const banned = (database.bans.get(_id) ?? 0) > Date.now();
  const account = {
    id: _id,
    role,
    provider,
    emailVerified,
    twoFactor: twoFactorEnabled,
    banned,
    tenantId,
    createdAt,
  };
  return { exists: true, ...account, sessions, links, ...seen };
}

/**
 * Changes an account behind LibreChat's back. `create: true` makes a missing one (a verified local USER unless told
 * otherwise); answers what is wrong with the request, or nothing.
 */
export function changeAccount(
  installation: Installation,
  address: string,
  changes: Body,
): string | undefined {
  const { database } = installation;
  if (!database.peek(address) && changes['create'] === true) database.seed(blankUser(address));
  const user = database.peek(address);
  if (!user) return `no account ${address}; say create: true to make one`;
  const { deleted, banned, password } = changes;
  database.change(user._id, documentChanges(changes));
  if (typeof password === 'string') {
    database.change(user._id, { password: installation.passwords.hash(password) });
    noteNewPassword(installation, user.email, password);
  }
  if (typeof banned === 'boolean') ban(installation, user, banned);
  if (deleted === true) database.remove(user._id);
  installation.save();
  return undefined;
}

function documentChanges({ twoFactor, emailVerified, role, provider, name }: Body): Partial<User> {
  return {
    ...(typeof twoFactor === 'boolean' ? { twoFactorEnabled: twoFactor } : {}),
    ...(typeof emailVerified === 'boolean' ? { emailVerified } : {}),
    ...(role === 'ADMIN' || role === 'USER' ? { role } : {}),
    // An account of another provider has no local password.
    ...(typeof provider === 'string' ? { provider, password: '' } : {}),
    ...(typeof name === 'string' ? { name } : {}),
  };
}

/** A ban by hand works whether or not BAN_VIOLATIONS is on. */
function ban({ database, banCache, settings }: Installation, user: User, banned: boolean): void {
  database.dirty = true;
  if (banned) {
    database.bans.set(user._id, Date.now() + settings.banDurationMs);
    return;
  }
  database.bans.delete(user._id);
  banCache.delete(user._id);
}

function blankUser(address: string): User {
  const now = Date.now();
  const email = address.trim().toLowerCase();
  return {
    _id: objectId(),
    name: email,
    username: null,
    email,
    emailVerified: true,
    provider: 'local',
    role: 'USER',
    twoFactorEnabled: false,
    createdAt: now,
    updatedAt: now,
    personalizationId: objectId(),
  };
}
