/** The documents of the stand-in's database: LibreChat's own, reduced to what the auth routes read. Times are ms. */

export type Role = 'ADMIN' | 'USER';

export interface User {
  _id: string;
  name: string;
  username: string | null;
  email: string;
  emailVerified: boolean;
  /** bcrypt; absent when the account belongs to another provider. */
  password?: string;
  provider: string;
  role: Role;
  twoFactorEnabled: boolean;
  tenantId?: string;
  createdAt: number;
  updatedAt: number;
  /** Of `personalization`, which LibreChat stores as a subdocument with an id of its own. */
  personalizationId: string;
}

export interface Session {
  _id: string;
  user: string;
  refreshTokenHash: string;
  /** Fixed at login; refreshing never moves it. */
  expiration: number;
}

/** A reset or verification link; `token` is bcrypt-hashed. */
export interface LinkToken {
  _id: string;
  userId: string;
  email?: string;
  token: string;
  createdAt: number;
  expiresAt: number;
}

/** What the stand-in remembers about one address for the tests, beyond what LibreChat knows. */
export interface Ledger {
  registrations: number;
  logins: number;
  refreshes: number;
  passwordWrites: number;
  passwordFingerprints: string[];
}

export interface Data {
  users: User[];
  sessions: Session[];
  links: LinkToken[];
  /** Key (user id or client address) → end of the ban. */
  bans: Record<string, number>;
  violations: Record<string, number>;
  ledgers: Record<string, Ledger>;
}

/** The fields of GET /api/user (LibreChat `UserController.js`), without `id`. */
export function publicUser(user: User): Record<string, unknown> {
  const { _id, name, username, email, emailVerified, provider, role, twoFactorEnabled, tenantId } = user;
  return {
    _id,
    name,
    username,
    email,
    emailVerified,
    avatar: null,
    provider,
    role,
    plugins: [],
    twoFactorEnabled,
    termsAccepted: false,
    personalization: { _id: user.personalizationId, memories: true },
    favorites: [],
    skillStates: {},
    createdAt: new Date(user.createdAt).toISOString(),
    updatedAt: new Date(user.updatedAt).toISOString(),
    ...(tenantId === undefined ? {} : { tenantId }),
  };
}

/** `user` of the login and refresh answers, still without `id`: only login adds it. */
export const sessionUser = (user: User): Record<string, unknown> => ({
  ...publicUser(user),
  refreshToken: [],
});
