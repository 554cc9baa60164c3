import type { Answer, Call } from '../call.ts';
import { publicUser, type User } from '../documents.ts';

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 200;
const SEARCH_MAX = 50;

function whole(raw: unknown, otherwise: number): number {
  const value = Number.parseInt(String(raw), 10);
  return Number.isNaN(value) || value < 0 ? otherwise : value;
}

/** An ADMIN of a tenant sees that tenant only. */
const visible = (call: Call): User[] =>
  call.installation.database
    .all(call.user?.tenantId)
    .toReversed()
    .sort((a, b) => b.createdAt - a.createdAt);

const date = (ms: number): string => new Date(ms).toISOString();

/** GET /api/admin/users?limit&offset (LibreChat `packages/api/src/admin/users.ts`): newest first, no emailVerified. */
export async function listUsers(call: Call): Promise<Answer> {
  const limit = Math.min(Math.max(whole(call.req.query['limit'], DEFAULT_PAGE), 1), LARGEST_PAGE);
  const offset = whole(call.req.query['offset'], 0);
  await call.installation.database.countUsers();
  const users = visible(call);
  const page = users.slice(offset, offset + limit).map((user) => ({
    id: user._id,
    name: user.name,
    username: user.username ?? '',
    email: user.email,
    avatar: '',
    role: user.role,
    provider: user.provider,
    createdAt: date(user.createdAt),
    updatedAt: date(user.updatedAt),
  }));
  return { status: 200, json: { users: page, total: users.length, limit, offset } };
}

/** GET /api/admin/users/search?q=&limit=: a prefix of name, address or username. */
export async function searchUsers(call: Call): Promise<Answer> {
  const q = typeof call.req.query['q'] === 'string' ? call.req.query['q'].trim().toLowerCase() : '';
  if (q === '') return { status: 400, json: { error: 'Query parameter "q" is required' } };
  if (q.length < 2) return { status: 400, json: { error: 'Query must be at least 2 characters' } };
  if (q.length > 200) return { status: 400, json: { error: 'Query must not exceed 200 characters' } };
  const limit = Math.min(Math.max(whole(call.req.query['limit'], 20), 1), SEARCH_MAX);
  await call.installation.database.countUsers();
  const matches = visible(call).filter((user) =>
    [user.name, user.email, user.username ?? ''].some((text) => text.toLowerCase().startsWith(q)),
  );
  const users = matches.slice(0, limit).map((user) => ({
    id: user._id,
    name: user.name,
    email: user.email,
    username: user.username ?? '',
    avatarUrl: '',
  }));
  return { status: 200, json: { users, total: users.length, capped: matches.length > limit } };
}

/** GET /api/admin/verify: proves that a bearer is ADMIN. */
export async function verifyAdmin(call: Call): Promise<Answer> {
  const { user } = call;
  return user
    ? { status: 200, json: { user: { ...publicUser(user), id: user._id } } }
    : { status: 401, json: { message: 'Unauthorized' } };
}
