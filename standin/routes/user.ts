import type { Answer, Call } from '../call.ts';
import { publicUser } from '../documents.ts';

/** GET /api/user (LibreChat `UserController.js`). */
export async function showUser(call: Call): Promise<Answer> {
  return call.user
    ? { status: 200, json: { ...publicUser(call.user), id: call.user._id } }
    : { status: 401, json: { message: 'Unauthorized' } };
}

/** DELETE /api/user/delete: no password asked; ADMIN may always. The second factor itself is not imitated. */
export async function deleteUser(call: Call): Promise<Answer> {
  const { settings, database } = call.installation;
  const user = call.user;
  if (!user) return { status: 401, json: { message: 'Unauthorized' } };
  if (!settings.allowAccountDeletion && user.role !== 'ADMIN') {
    return { status: 403, json: { message: 'You do not have permission to delete this account' } };
  }
  if (user.twoFactorEnabled) {
    return { status: 400, json: { message: 'Either token or backup code is required' } };
  }
  try {
    await database.deleteSessionsOf(user._id);
    await call.at('sessions-deleted');
    await database.deleteUser(user._id);
    await call.at('user-deleted');
  } catch {
    return { status: 500, json: { message: 'Something went wrong.' } };
  }
  return { status: 200, json: { message: 'User deleted' } };
}
